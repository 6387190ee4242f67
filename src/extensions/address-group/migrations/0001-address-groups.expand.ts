/** Address groups. */
import { createTable, defineMigration, json, standardColumns } from '#store/schema.ts'

export default defineMigration(
  createTable('address_groups', {
    columns: { ...standardColumns, addresses: json({ default: '[]' }) },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name']],
  }),
)
