/** Networks, and the indexes of the lists that projects see: their own and what is shared. */
import { boolean, createTable, defineMigration, standardColumns, token } from '#store/schema.ts'

export default defineMigration(
  createTable('networks', {
    columns: {
      ...standardColumns,
      admin_state_up: boolean({ default: true }),
      status: token(16),
      shared: boolean({ default: false }),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name'], ['shared']],
  }),
)
