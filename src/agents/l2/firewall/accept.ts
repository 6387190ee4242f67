/**
 * What happens to a packet that a rule lets through: a new connection is committed, an old one goes on; at a stateless
 * port it just goes on. Pure.
 */

import type { WiredPort } from '#agents/l2/state.ts'
import { CT_ESTABLISHED, CT_NEW, INT, resubmit, ZONE } from '#agents/l2/tables.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'
import { isStateless } from './stateless.ts'

/** The flows of a rule. Whether an accepted egress packet is new is looked at once more in the table after it. */
export function acceptFlows(direction: 'ingress' | 'egress', priority: number, match: string, port: WiredPort): Flow[] {
  const { ofport } = port
  if (direction === 'egress') {
    const on = resubmit(INT.ACCEPT_OR_INGRESS)
    const states = isStateless(port) ? [''] : [`${CT_ESTABLISHED},`, `${CT_NEW},`]
    return states.map((state) => flow(INT.RULES_EGRESS, priority, `${state}${match}`, on))
  }
  if (isStateless(port)) return [flow(INT.RULES_INGRESS, priority, match, `output:${ofport}`)]
  const commit = `ct(commit,${ZONE}),output:${ofport},${resubmit(INT.ACCEPTED_INGRESS)}`
  return [
    flow(INT.RULES_INGRESS, priority, `${CT_ESTABLISHED},${match}`, `output:${ofport}`),
    flow(INT.RULES_INGRESS, priority, `${CT_NEW},${match}`, commit),
  ]
}
