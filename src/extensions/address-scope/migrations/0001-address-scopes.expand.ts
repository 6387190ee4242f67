/** Address scopes, and the pools in them. */
import { addColumns, createTable, defineMigration, integer, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('address_scopes', {
    columns: {
      id: uuid(),
      project_id: token(255, { nullable: true }),
      name: string(255, { default: '' }),
      ip_version: integer(),
    },
    primaryKey: ['id'],
    indexes: [['project_id']],
  }),
  addColumns('subnetpools', { address_scope_id: uuid({ nullable: true }) }, [['address_scope_id']]),
)
