/**
 * DHCP agents that die: their networks go to those that live. An agent that comes back reads everything again, so it is
 * not told of what it has lost. Source: option `allow_automatic_dhcp_failover`.
 */
import { newRequestId } from '#base/ids.ts'
import { isIn } from '#base/predicate.ts'
import { systemContext } from '#plugin/context.ts'
import type { Operation, PluginHost } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import {
  dhcpAgents,
  type LivingAgent,
  NETWORKS_MAX,
  type SchedulerOptions,
  scheduleNetworks,
  unhost,
} from './scheduler.ts'
import { networkDhcpAgents } from './tables.ts'

export interface FailoverOptions extends SchedulerOptions {
  readonly network_auto_schedule: boolean
}

function operation(tx: Tx): Operation {
  return { tx, context: systemContext(newRequestId()) }
}

/** Networks of agents that are down, to those that live; while none does, all stays as it is. */
export async function failOver(
  { store, resources, log }: Pick<PluginHost, 'store' | 'resources' | 'log'>,
  options: FailoverOptions,
): Promise<void> {
  const all = await store.read((tx) => dhcpAgents(operation(tx), resources))
  const down = all.filter(({ alive }) => !alive)
  if (down.length === 0 || !all.some(({ alive, admin_state_up }) => alive && admin_state_up)) return
  const places = await store.read((tx) =>
    tx.select(networkDhcpAgents, {
      where: isIn(
        'dhcp_agent_id',
        down.map(({ id }) => id),
      ),
      limit: NETWORKS_MAX,
    }),
  )
  const byAgent = Map.groupBy(places, ({ dhcp_agent_id }) => dhcp_agent_id)
  for (const [agentId, own] of byAgent) {
    const agent = down.find(({ id }) => id === agentId) as LivingAgent
    const ids = own.map(({ network_id }) => network_id)
    await store.transaction(async (tx) => {
      const op = operation(tx)
      const now = await dhcpAgents(op, resources)
      if (now.find(({ id }) => id === agentId)?.alive) return
      await unhost(op, resources, agent, ids, false)
      if (options.network_auto_schedule) await scheduleNetworks(op, ids, now, options)
    })
    log.warn('networks taken from a DHCP agent that is down', { host: agent.host, networks: ids.length })
  }
}
