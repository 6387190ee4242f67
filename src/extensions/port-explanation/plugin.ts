/**
 * Explains ports: reads what the database knows, asks the agents concerned, and answers the steps in their order.
 * Nothing is changed.
 */
import type { Json } from '#base/json.ts'
import { PortNotFound } from '#core/port/errors.ts'
import { bindingOf } from '#ml2/drivers.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { askAgents } from './evidence.ts'
import { readFacts, readUntold } from './facts.ts'
import { publicly } from './public.ts'
import { explain } from './story.ts'

export default definePlugin({
  api,
  start(host) {
    const { store, resources, clock, route } = host
    const sources = { resources, clock, binding: bindingOf(host) }
    route(
      'GET',
      '/ports/{port_id}/explanation',
      async ({ params: { port_id = '' }, context, find, enforce }) => {
        const port = await find('port', port_id)
        if (!port) throw PortNotFound({ port_id })
        await enforce('get_port_explanation', port)
        const seesAgents = await enforce('get_port_explanation:agents', port).then(
          () => true,
          () => false,
        )
        const untold = await readUntold(store, port_id)
        const read = await store.read((tx) => readFacts({ tx, context }, port_id, sources))
        if (!read) throw PortNotFound({ port_id })
        const facts = { ...read, untold }
        const explanation = explain(facts, await askAgents(host, facts))
        return {
          status: 200,
          body: { explanation: seesAgents ? explanation : publicly(explanation) } as unknown as Json,
        }
      },
      'Why a port works, or what it waits for and who owes it',
    )
  },
})
