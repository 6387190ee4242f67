/** Whether new security groups are stateful. */
import { boolean, createTable, defineMigration, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('security_groups_default_statefulness', {
    columns: {
      id: uuid(),
      project_id: token(255, { nullable: true }),
      stateful: boolean({ default: true }),
      scope: token(255),
    },
    primaryKey: ['id'],
    unique: [['scope']],
  }),
)
