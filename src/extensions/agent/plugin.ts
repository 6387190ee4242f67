/**
 * Agents: the API resource, and the server's side of their state reports. Rows are made by reports alone.
 * Source: Networking API v2.0, "Agents"; reference of agents and RPC, §3.
 */
import type { JsonObject } from '#base/json.ts'
import { not, or } from '#base/predicate.ts'
import { type Cast, definePlugin, type PluginHost } from '#plugin/plugin.ts'
import type { AgentState } from '#rpc/contract/agent-state.ts'
import { agentState } from '#rpc/contract/agent-state.ts'
import { l2Plugin } from '#rpc/contract/l2.ts'
import type { Change, Tx } from '#store/store.ts'
import { aliveSince, isAlive } from './alive.ts'
import api from './definition.ts'
import { agentOptions } from './options.ts'
import { Reports } from './reports.ts'
import { type Agent, agents } from './tables.ts'

/** How often heartbeats that were noted are written. */
const FLUSH_MS = 500
/** Agents that are told when they are switched off or on; L2 agents are not. */
const TOLD_TOPICS = ['dhcp_agent', 'l3_agent']

export default definePlugin({
  api,
  start(host: PluginHost) {
    const { agent_down_time, enable_new_agents } = host.config.of(agentOptions)
    const downTimeMs = agent_down_time * 1000
    const reports = new Reports({
      store: host.store,
      clock: host.clock,
      log: host.log,
      downTimeMs,
      enableNewAgents: enable_new_agents,
      onArrival: ({ agent_type, host: at, id }, verdict) =>
        host.log.info('agent', { id, agent_type, host: at, verdict }),
    })

    host.serve<Agent>('agent', agents, {
      filters: {
        alive: (values) => {
          const alive = isAlive(host.clock.now(), downTimeMs)
          return or(...values.map((value) => (value === true ? alive : not(alive))))
        },
      },
      async afterDelete({ tx, before }) {
        tx.afterCommit(() => reports.forget(before))
      },
    })

    host.show<Agent>('agent', ['alive'], async ({ rows }) => {
      const since = aliveSince(host.clock.now(), downTimeMs)
      return new Map(rows.map((row) => [row.id, { alive: row.heartbeat_timestamp > since }]))
    })

    const methods = {
      report_state: async ({ agent_state, time }: JsonObject) => {
        const { agent_state: state } = agent_state as unknown as { agent_state: AgentState }
        return await reports.report(state, time as string)
      },
      has_alive_neutron_server: async () => {
        await host.store.read(async (tx) => tx.exists(agents, { id: '' }))
        return true
      },
    }
    host.answer(agentState.topic, agentState.version, methods)
    // Agents of old releases report on the topic of everything else.
    host.answer(l2Plugin.topic, agentState.version, methods)
    host.periodic('agent heartbeats', FLUSH_MS, () => reports.flush())
    host.announce('agent', tellAgents)
  },
})

/** `agent_updated` to agents whose row somebody has changed. */
async function tellAgents({ tx, changes }: { tx: Tx; changes: readonly Change[] }): Promise<Cast[]> {
  const ids = changes.filter(({ kind }) => kind === 'update').map(({ id }) => id)
  if (ids.length === 0) return []
  const rows = await tx.list(agents, { id: [...new Set(ids)], topic: TOLD_TOPICS })
  return rows.map(({ topic, host, admin_state_up }) => ({
    topic,
    host,
    method: 'agent_updated',
    args: { payload: { admin_state_up } },
    version: '1.0',
  }))
}
