/** Agents. The unique key decides which of two servers makes the row of an agent both see for the first time. */
import { boolean, createTable, defineMigration, json, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('agents', {
    columns: {
      id: uuid(),
      agent_type: token(255),
      binary: token(255),
      topic: token(255),
      host: token(255),
      admin_state_up: boolean({ default: true }),
      created_at: token(19),
      started_at: token(19),
      heartbeat_timestamp: token(19),
      availability_zone: token(255, { nullable: true }),
      description: string(255, { nullable: true }),
      configurations: json(),
      resources_synced: boolean({ nullable: true }),
    },
    primaryKey: ['id'],
    unique: [['host', 'agent_type']],
    indexes: [['agent_type']],
  }),
)
