/** Topologies made for projects, and the default external network. A topology goes with its network. */
import { addColumns, boolean, createTable, defineMigration, token, uuid } from '#store/schema.ts'

export default defineMigration(
  addColumns('networks', { is_default: boolean({ default: false }) }),
  createTable('auto_allocated_topologies', {
    columns: { project_id: token(255), network_id: uuid({ nullable: true }), router_id: uuid({ nullable: true }) },
    primaryKey: ['project_id'],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'cascade' }],
  }),
  createTable('default_external_networks', {
    columns: { place: token(16), network_id: uuid() },
    primaryKey: ['place'],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'cascade' }],
  }),
)
