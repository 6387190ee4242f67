/** `agent` as data. Source: Networking API v2.0, "Agents". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'agent',
  name: 'agent',
  description: 'The agent management extension.',
  updated: '2013-02-03T10:00:00-00:00',

  resources: [
    {
      name: 'agent',
      collection: 'agents',
      methods: ['list', 'show', 'update', 'delete'],
      notFound: { type: 'AgentNotFound', text: 'Agent %(id)s could not be found.' },
      attributes: {
        id: { type: 'uuid', query: 'filter sort' },
        agent_type: { type: 'any', query: 'filter sort' },
        binary: { type: 'any', query: 'filter sort' },
        topic: { type: 'any', query: 'filter sort' },
        host: { type: 'any', query: 'filter sort' },
        admin_state_up: { type: 'boolean', allow: 'put', query: 'filter sort' },
        created_at: { type: 'any', query: 'sort', help: 'First seen; UTC, without a zone.' },
        started_at: { type: 'any', query: 'sort' },
        heartbeat_timestamp: { type: 'any', query: 'sort' },
        alive: { type: 'boolean', query: 'filter sort', help: 'Whether it has reported within agent_down_time.' },
        configurations: { type: 'any' },
        description: { type: 'string?', allow: 'put', query: 'filter sort' },
        resources_synced: {
          type: 'boolean?',
          help: 'Whether its resources were reported to Placement; null: they never were.',
        },
      },
    },
  ],
  announces: [
    {
      alias: 'agent_sort_key',
      name: 'Agents Sort Key',
      description: 'Enabling the keyword sort_key for sorting in agents.',
      updated: '2013-02-03T10:00:00-00:00',
    },
    {
      alias: 'agent-resources-synced',
      name: "Agent's Resource View Synced to Placement",
      description: 'Stores success/failure of last sync to Placement',
      updated: '2018-12-19T00:00:00-00:00',
    },
  ],
})
