/** Tags as filters look for them. */
import { createTable, defineMigration, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('resource_tags', {
    columns: { resource_id: uuid(), tag: token(255) },
    primaryKey: ['resource_id', 'tag'],
    indexes: [['tag', 'resource_id']],
  }),
)
