/** Networks. */
import { boolean, createTable, defineMigration, standardColumns, token } from '#store/schema.ts'

export default defineMigration(
  createTable('networks', {
    columns: {
      ...standardColumns,
      admin_state_up: boolean({ default: true }),
      status: token(16),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name']],
  }),
)
