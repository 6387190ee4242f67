/**
 * The operator's view of scheduling: networks of an agent, agents of a network, given and taken by hand.
 * Source: Networking API v2.0, "DHCP agent scheduler".
 */
import { newRequestId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { networks } from '#core/network/tables.ts'
import { type Agent, agents } from '#extensions/agent/tables.ts'
import { systemContext } from '#plugin/context.ts'
import type { Operation, PluginHost } from '#plugin/plugin.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import { InvalidDHCPAgent, NetworkHostedByDHCPAgent, NetworkNotHostedByDhcpAgent } from './errors.ts'
import { DHCP_AGENT, host as giveNetworks, hostings, unhost } from './scheduler.ts'
import { networkDhcpAgents } from './tables.ts'

export function serveRoutes({ route, store, resources }: PluginHost): void {
  const operation = (tx: Tx): Operation => ({ tx, context: systemContext(newRequestId()) })
  const agentOf = async (tx: Tx, id: string) =>
    (await resources.get(operation(tx), 'agent', id)) as JsonObject as unknown as Agent

  route(
    'GET',
    '/agents/{agent_id}/dhcp-networks',
    async ({ params: { agent_id = '' }, enforce }) => {
      await enforce('get_dhcp-networks', {})
      return await store.read(async (tx) => {
        await agentOf(tx, agent_id)
        const ids = (await tx.list(networkDhcpAgents, { dhcp_agent_id: agent_id })).map(({ network_id }) => network_id)
        const found = await resources.list(operation(tx), 'network', { where: isIn('id', ids) })
        return { status: 200, body: { networks: found.map(withTenant) } }
      })
    },
    'List the networks a DHCP agent serves',
  )

  route(
    'POST',
    '/agents/{agent_id}/dhcp-networks',
    async ({ params: { agent_id = '' }, body, enforce }) => {
      await enforce('create_dhcp-network', {})
      const network_id = body?.network_id
      if (typeof network_id !== 'string') throw HTTPBadRequest({ message: 'network_id is required' })
      await store.transaction(async (tx) => {
        if (!(await tx.exists(networks, { id: network_id }))) throw NetworkNotFound({ net_id: network_id })
        await addByHand(tx, await agentOf(tx, agent_id), network_id)
      })
      return { status: 201, body: null }
    },
    'Give a network to a DHCP agent',
  )

  route(
    'DELETE',
    '/agents/{agent_id}/dhcp-networks/{network_id}',
    async ({ params, enforce }) => {
      const { agent_id = '', network_id = '' } = params
      await enforce('delete_dhcp-network', {})
      await store.transaction(async (tx) => {
        const agent = await agentOf(tx, agent_id)
        const taken = await unhost(operation(tx), resources, agent, [network_id], true)
        if (taken === 0) throw NetworkNotHostedByDhcpAgent({ network_id, agent_id })
      })
      return { status: 204 }
    },
    'Take a network from a DHCP agent',
  )

  route(
    'GET',
    '/networks/{network_id}/dhcp-agents',
    async ({ params: { network_id = '' }, enforce }) => {
      await enforce('get_dhcp-agents', {})
      return await store.read(async (tx) => {
        const places = (await hostings(tx, [network_id])).get(network_id) ?? []
        const where = isIn(
          'id',
          places.map(({ dhcp_agent_id }) => dhcp_agent_id),
        )
        return { status: 200, body: { agents: await resources.list(operation(tx), 'agent', { where }) } }
      })
    },
    'List the DHCP agents that serve a network',
  )
}

function withTenant(row: JsonObject): JsonObject {
  return { ...row, tenant_id: row.project_id ?? null }
}

/** By hand a network may get more agents than `dhcp_agents_per_network`. */
async function addByHand(tx: Tx, agent: Agent, network_id: string): Promise<void> {
  const { id: agent_id } = agent
  const known = await tx.find(agents, { id: agent_id })
  if (known?.agent_type !== DHCP_AGENT || !known.admin_state_up) throw InvalidDHCPAgent({ id: agent_id })
  const places = (await hostings(tx, [network_id])).get(network_id) ?? []
  if (places.some(({ dhcp_agent_id }) => dhcp_agent_id === agent_id)) {
    throw NetworkHostedByDHCPAgent({ network_id, agent_id })
  }
  const binding_index = Math.max(0, ...places.map((place) => place.binding_index)) + 1
  await giveNetworks(tx, [{ network_id, dhcp_agent_id: agent_id, binding_index }], [known])
}
