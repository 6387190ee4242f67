/** Address scopes, and the pools in them. */
import { addColumns, boolean, createTable, defineMigration, integer, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('address_scopes', {
    columns: {
      id: uuid(),
      project_id: token(255, { nullable: true }),
      name: string(255, { default: '' }),
      ip_version: integer(),
      shared: boolean({ default: false }),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['shared']],
  }),
  addColumns('subnetpools', { address_scope_id: uuid({ nullable: true }) }, [['address_scope_id']]),
)
