/** The hosts that instances' ports are, or may come to be, plugged on. */
import { createTable, defineMigration, json, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('port_bindings', {
    columns: {
      id: uuid(),
      port_id: uuid(),
      project_id: token(255, { nullable: true }),
      host: token(255),
      vif_type: token(64),
      vif_details: json({ default: '{}' }),
      vnic_type: token(64),
      profile: json({ default: '{}' }),
      status: token(16),
    },
    primaryKey: ['id'],
    unique: [['port_id', 'host']],
    references: [{ column: 'port_id', table: 'ports', onDelete: 'cascade' }],
  }),
)
