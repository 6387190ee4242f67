/** Limits set for projects, and the rows that creates wait for each other on. */
import { createTable, defineMigration, integer, token } from '#store/schema.ts'

const owner = { project_id: token(255), resource: token(255) }

export default defineMigration(
  createTable('quotas', { columns: { ...owner, limit: integer() }, primaryKey: ['project_id', 'resource'] }),
  createTable('quota_locks', {
    columns: { ...owner, turn: integer({ default: 0 }) },
    primaryKey: ['project_id', 'resource'],
  }),
)
