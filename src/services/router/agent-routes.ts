/**
 * The paths by which administrators see and choose which L3 agent hosts a router. Source: reference of the API surface,
 * §9.2; upstream's refusals.
 */

import type { JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import type { Agent } from '#extensions/agent/tables.ts'
import type { Operation, PluginHost, RouteRequest } from '#plugin/plugin.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { lockRows } from '#store/lock.ts'
import type { Tx } from '#store/store.ts'
import { logMove } from './announcements.ts'
import { InvalidL3Agent, RouterHostedByL3Agent, RouterNotFound } from './errors.ts'
import { L3_AGENT } from './scheduler.ts'
import { routerBindings, routers } from './tables.ts'

export function agentRoutes({ route, store, resources }: PluginHost): void {
  route('GET', '/agents/{agent_id}/l3-routers', async (request) => {
    await request.enforce('get_l3-routers', {})
    const found = await store.read(async (tx) => {
      const agent = await agentOf(resources, tx, request)
      const ids = (await tx.list(routerBindings, { agent_id: agent.id })).map(({ router_id }) => router_id)
      return listed({ tx, context: request.context }, resources, 'router', ids)
    })
    return { status: 200, body: { routers: found } }
  })

  route('POST', '/agents/{agent_id}/l3-routers', async (request) => {
    await request.enforce('create_l3-router', {})
    const routerId = request.body?.router_id
    if (typeof routerId !== 'string') throw HTTPBadRequest({ message: "Unable to find 'router_id' in request body" })
    await store.transaction((tx) => addRouter(resources, tx, request, routerId))
    return { status: 201, body: null }
  })

  route('DELETE', '/agents/{agent_id}/l3-routers/{router_id}', async (request) => {
    await request.enforce('delete_l3-router', {})
    await store.transaction(async (tx) => {
      const agent = await agentOf(resources, tx, request)
      const router_id = request.params.router_id!
      // Upstream does not mind a router that is elsewhere or nowhere, only one that does not exist.
      const removed = await tx.remove(routerBindings, { router_id, agent_id: agent.id })
      if (removed === 0) await existingRouter(tx, router_id)
      else await logMove(tx, router_id, 'delete', agent.host)
    })
    return { status: 204 }
  })

  route('GET', '/routers/{router_id}/l3-agents', async (request) => {
    await request.enforce('get_l3-agents', {})
    const found = await store.read(async (tx) => {
      const router_id = request.params.router_id!
      await existingRouter(tx, router_id)
      const ids = (await tx.list(routerBindings, { router_id })).map(({ agent_id }) => agent_id)
      const rows = await listed({ tx, context: request.context }, resources, 'agent', ids)
      return rows.map((agent) => ({ ...agent, ha_state: null }))
    })
    return { status: 200, body: { agents: found } }
  })
}

async function listed(
  op: Operation,
  resources: PluginHost['resources'],
  resource: string,
  ids: readonly string[],
): Promise<JsonObject[]> {
  return ids.length === 0 ? [] : resources.list(op, resource, { where: isIn('id', ids) })
}

/** @throws AgentNotFound */
async function agentOf(resources: PluginHost['resources'], tx: Tx, { params, context }: RouteRequest): Promise<Agent> {
  return (await resources.get({ tx, context }, 'agent', params.agent_id!)) as unknown as Agent
}

/** @throws RouterNotFound */
async function existingRouter(tx: Tx, routerId: string): Promise<void> {
  if (!(await tx.exists(routers, { id: routerId }))) throw RouterNotFound({ router_id: routerId })
}

async function addRouter(
  resources: PluginHost['resources'],
  tx: Tx,
  request: RouteRequest,
  routerId: string,
): Promise<void> {
  await lockRows(tx, routers, [routerId])
  await existingRouter(tx, routerId)
  const agent = await agentOf(resources, tx, request)
  if (agent.agent_type !== L3_AGENT || !agent.admin_state_up) throw InvalidL3Agent({ id: agent.id })
  const won = await tx.insertMissing(routerBindings, [{ router_id: routerId, agent_id: agent.id }])
  if (won === 0) {
    const current = await tx.find(routerBindings, { router_id: routerId })
    if (current?.agent_id === agent.id) return
    throw RouterHostedByL3Agent({ router_id: routerId, agent_id: current?.agent_id ?? agent.id })
  }
  await logMove(tx, routerId, 'create', agent.host)
}
