/** Agents as rows. One row is one type of agent on one host. Times are UTC, `2016-08-01 12:00:00`. */
import type { JsonObject } from '#base/json.ts'
import { table } from '#store/store.ts'

export interface Agent {
  id: string
  agent_type: string
  binary: string
  topic: string
  host: string
  admin_state_up: boolean
  created_at: string
  started_at: string
  heartbeat_timestamp: string
  availability_zone: string | null
  description: string | null
  configurations: JsonObject
}

export const agents = table<Agent>('agents', {
  id: 'text',
  agent_type: 'text',
  binary: 'text',
  topic: 'text',
  host: 'text',
  admin_state_up: 'boolean',
  created_at: 'text',
  started_at: 'text',
  heartbeat_timestamp: 'text',
  availability_zone: 'text',
  description: 'text',
  configurations: 'json',
})
