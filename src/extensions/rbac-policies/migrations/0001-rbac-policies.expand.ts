/** Entries, and the indexes by which an object's and a project's are found; the second has all that a list asks. */
import { createTable, defineMigration, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('rbac_policies', {
    columns: {
      id: uuid(),
      project_id: token(255, { nullable: true }),
      object_type: token(32),
      object_id: uuid(),
      action: token(32),
      target_tenant: token(255),
    },
    primaryKey: ['id'],
    unique: [['object_id', 'action', 'target_tenant']],
    indexes: [['object_type', 'action', 'target_tenant', 'object_id'], ['project_id']],
  }),
)
