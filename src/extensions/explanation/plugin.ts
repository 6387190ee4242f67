/**
 * Explains ports, networks, routers and floating IPs: reads what the database knows, asks the agents concerned, and
 * answers the steps in their order. Nothing is changed.
 */
import type { WireError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { PortNotFound } from '#core/port/errors.ts'
import { bindingOf } from '#ml2/drivers.ts'
import { definePlugin, type PluginHost, type RouteRequest } from '#plugin/plugin.ts'
import { FloatingIPNotFound, RouterNotFound } from '#services/router/errors.ts'
import type { Explanation } from './contract.ts'
import api from './definition.ts'
import { askAgents, askNetwork, askRouter } from './evidence.ts'
import { readFacts, readUntold } from './facts.ts'
import { explainFloatingIp, readFloatingIp } from './floating-ip.ts'
import { explainNetwork, readNetwork } from './network.ts'
import { publicly } from './public.ts'
import { explainRouter, type RouterFacts, type RouterSaid, readRouter } from './router.ts'
import { explain } from './story.ts'

export default definePlugin({
  api,
  start(host) {
    servePorts(host)
    serveNetworks(host)
    if (host.definitions.resources.has('router')) serveRouters(host)
  },
})

function servePorts(host: PluginHost): void {
  const { store, resources, clock } = host
  const sources = { resources, clock, binding: bindingOf(host) }
  serve(
    host,
    'port',
    (port_id) => PortNotFound({ port_id }),
    async (id, context) => {
      const untold = await readUntold(store, id)
      const read = await store.read((tx) => readFacts({ tx, context }, id, sources))
      if (!read) return null
      const facts = { ...read, untold }
      return explain(facts, await askAgents(host, facts))
    },
  )
}

function serveNetworks(host: PluginHost): void {
  const { store, resources } = host
  const notFound: NotFound = (net_id) => NetworkNotFound({ net_id })
  serve(host, 'network', notFound, async (id, context) => {
    const facts = await store.read((tx) => readNetwork({ tx, context }, resources, id))
    return facts && explainNetwork(facts, await askNetwork(host, facts.dhcpAgents, id))
  })
}

function serveRouters(host: PluginHost): void {
  const { store, resources } = host
  const ask = async (facts: RouterFacts | null): Promise<RouterSaid> =>
    facts?.agent?.alive ? await askRouter(host, facts.agent, facts.router.id) : null
  serve(
    host,
    'router',
    (router_id) => RouterNotFound({ router_id }),
    async (id, context) => {
      const facts = await store.read((tx) => readRouter({ tx, context }, resources, id))
      return facts && explainRouter(facts, await ask(facts))
    },
  )
  serve(
    host,
    'floatingip',
    (floatingip_id) => FloatingIPNotFound({ floatingip_id }),
    async (id, context) => {
      const facts = await store.read((tx) => readFloatingIp({ tx, context }, resources, id))
      return facts && explainFloatingIp(facts, await ask(facts.router))
    },
  )
}

type NotFound = (id: string) => WireError
type Explain = (id: string, context: RouteRequest['context']) => Promise<Explanation | null>

/** `/<resource>s/{<resource>_id}/explanation` for whoever may see the resource. */
function serve({ route }: PluginHost, resource: string, notFound: NotFound, tell: Explain): void {
  const variable = `${resource}_id`
  const rule = `get_${resource}_explanation`
  route(
    'GET',
    `/${resource}s/{${variable}}/explanation`,
    async ({ params, context, find, enforce }) => {
      const id = params[variable] ?? ''
      const row = await find(resource, id)
      if (!row) throw notFound(id)
      await enforce(rule, row)
      const seesAgents = await enforce(`${rule}:agents`, row).then(
        () => true,
        () => false,
      )
      const explanation = await tell(id, context)
      if (!explanation) throw notFound(id)
      return { status: 200, body: { explanation: seesAgents ? explanation : publicly(explanation) } as unknown as Json }
    },
    `Why a ${resource} works, or what it waits for and who owes it`,
  )
}
