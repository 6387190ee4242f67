/** State reports of every agent. Source: reference of agents and RPC, §3. */
import type { JsonObject } from '#base/json.ts'
import { contract, method } from '#rpc/rpc.ts'

export interface AgentState {
  readonly binary: string
  readonly host: string
  /** Where the agent listens; `N/A` for an L2 agent. */
  readonly topic: string
  readonly agent_type: string
  readonly configurations: JsonObject
  /** On the first report after a start. */
  readonly start_flag?: boolean
  readonly availability_zone?: string
  readonly uuid: string
}

export const agentState = contract('q-reports-plugin', '1.4', {
  /** `new` on first sight, `alive`, `revived` when it had been down; null when the report is older than the server. */
  report_state: method<{ agent_state: { agent_state: AgentState }; time: string }, 'new' | 'alive' | 'revived' | null>(
    '1.0',
  ),
  has_alive_neutron_server: method<Record<string, never>, boolean>('1.1'),
})
