/**
 * Agents: the API resource, and the server's side of their state reports. Rows are made by reports alone.
 * Source: Networking API v2.0, "Agents"; reference of agents and RPC, §3.
 */
import { newRequestId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { not, or } from '#base/predicate.ts'
import { common } from '#config/common.ts'
import { rebindFailed } from '#ml2/binding.ts'
import { systemContext } from '#plugin/context.ts'
import { type Cast, definePlugin, type PluginHost } from '#plugin/plugin.ts'
import type { AgentState } from '#rpc/contract/agent-state.ts'
import { agentState } from '#rpc/contract/agent-state.ts'
import { l2Plugin } from '#rpc/contract/l2.ts'
import type { Change, Tx } from '#store/store.ts'
import api from './definition.ts'
import { agentOptions } from './options.ts'
import { Reports } from './reports.ts'
import { type Agent, agents, aliveSince, isAlive } from './tables.ts'

/** How often heartbeats that were noted are written. */
const FLUSH_MS = 500
/** Agents that are told when they are switched off or on; L2 agents are not. */
const TOLD_TOPICS = ['dhcp_agent', 'l3_agent']
/** Agents whose coming lets ports of their host be bound. */
const L2_TYPES = ['Open vSwitch agent']

export default definePlugin({
  api,
  start(host: PluginHost) {
    const { enable_new_agents } = host.config.of(agentOptions)
    const downTimeMs = host.config.of(common).agent_down_time * 1000
    const reports = new Reports({
      store: host.store,
      clock: host.clock,
      log: host.log,
      downTimeMs,
      enableNewAgents: enable_new_agents,
      onArrival: (agent, verdict) => {
        host.log.info('agent', { id: agent.id, agent_type: agent.agent_type, host: agent.host, verdict })
        if (L2_TYPES.includes(agent.agent_type)) void rebind(host, agent.host)
      },
    })

    host.serve<Agent>('agent', agents, {
      filters: {
        alive: (values) => {
          const alive = isAlive(host.clock.now(), downTimeMs)
          return or(...values.map((value) => (value === true ? alive : not(alive))))
        },
      },
      sorts: {
        alive: { isSet: () => isAlive(host.clock.now(), downTimeMs), column: 'heartbeat_timestamp' },
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

/** Ports of the host that no agent could bind are tried again. A failure is logged: the next arrival tries again. */
async function rebind({ store, resources, log }: PluginHost, at: string): Promise<void> {
  try {
    const context = systemContext(newRequestId())
    const tried = await store.transaction((tx) => rebindFailed({ tx, context }, resources, at))
    if (tried > 0) log.info('ports bound again', { host: at, tried })
  } catch (error) {
    log.warn('ports not bound again', { host: at, error })
  }
}

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
