/**
 * Explains ports, routers and floating IPs: reads what the database knows, asks the agents concerned, and answers the
 * steps in their order. Nothing is changed.
 */
import type { ErrorType } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { PortNotFound } from '#core/port/errors.ts'
import { bindingOf } from '#ml2/drivers.ts'
import { definePlugin, type PluginHost, type RouteRequest } from '#plugin/plugin.ts'
import { FloatingIPNotFound, RouterNotFound } from '#services/router/errors.ts'
import type { Explanation } from './contract.ts'
import api from './definition.ts'
import { askAgents, askRouter } from './evidence.ts'
import { readFacts, readUntold } from './facts.ts'
import { explainFloatingIp, readFloatingIp } from './floating-ip.ts'
import { publicly } from './public.ts'
import { explainRouter, type RouterFacts, type RouterSaid, readRouter } from './router.ts'
import { explain } from './story.ts'

export default definePlugin({
  api,
  start(host) {
    servePorts(host)
    if (host.definitions.resources.has('router')) serveRouters(host)
  },
})

function servePorts(host: PluginHost): void {
  const { store, resources, clock } = host
  const sources = { resources, clock, binding: bindingOf(host) }
  serve(host, 'port', PortNotFound, async (id, context) => {
    const untold = await readUntold(store, id)
    const read = await store.read((tx) => readFacts({ tx, context }, id, sources))
    if (!read) return null
    const facts = { ...read, untold }
    return explain(facts, await askAgents(host, facts))
  })
}

function serveRouters(host: PluginHost): void {
  const { store, resources } = host
  const ask = async (facts: RouterFacts | null): Promise<RouterSaid> =>
    facts?.agent?.alive ? await askRouter(host, facts.agent, facts.router.id) : null
  serve(host, 'router', RouterNotFound, async (id, context) => {
    const facts = await store.read((tx) => readRouter({ tx, context }, resources, id))
    return facts && explainRouter(facts, await ask(facts))
  })
  serve(host, 'floatingip', FloatingIPNotFound, async (id, context) => {
    const facts = await store.read((tx) => readFloatingIp({ tx, context }, resources, id))
    return facts && explainFloatingIp(facts, await ask(facts.router))
  })
}

type Explain = (id: string, context: RouteRequest['context']) => Promise<Explanation | null>

/** `/<resource>s/{<resource>_id}/explanation` for whoever may see the resource. */
function serve({ route }: PluginHost, resource: string, notFound: ErrorType, tell: Explain): void {
  const variable = `${resource}_id`
  const rule = `get_${resource}_explanation`
  route(
    'GET',
    `/${resource}s/{${variable}}/explanation`,
    async ({ params, context, find, enforce }) => {
      const id = params[variable] ?? ''
      const row = await find(resource, id)
      if (!row) throw notFound({ [variable]: id })
      await enforce(rule, row)
      const seesAgents = await enforce(`${rule}:agents`, row).then(
        () => true,
        () => false,
      )
      const explanation = await tell(id, context)
      if (!explanation) throw notFound({ [variable]: id })
      return { status: 200, body: { explanation: seesAgents ? explanation : publicly(explanation) } as unknown as Json }
    },
    `Why a ${resource} works, or what it waits for and who owes it`,
  )
}
