/** What happens to a packet that a rule lets through: a new connection is committed, an old one goes on. Pure. */

import { INT, resubmit, ZONE } from '#agents/l2/tables.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'

export const CT_ESTABLISHED = 'ct_state=+est-rel-rpl'
export const CT_NEW = 'ct_state=+new-est'

/** The two flows of a rule. Whether an accepted egress packet is new is looked at once more in the table after it. */
export function acceptFlows(
  direction: 'ingress' | 'egress',
  priority: number,
  match: string,
  { ofport }: { readonly ofport: number },
): Flow[] {
  if (direction === 'egress') {
    const on = resubmit(INT.ACCEPT_OR_INGRESS)
    return [CT_ESTABLISHED, CT_NEW].map((state) => flow(INT.RULES_EGRESS, priority, `${state},${match}`, on))
  }
  const commit = `ct(commit,${ZONE}),output:${ofport},${resubmit(INT.ACCEPTED_INGRESS)}`
  return [
    flow(INT.RULES_INGRESS, priority, `${CT_ESTABLISHED},${match}`, `output:${ofport}`),
    flow(INT.RULES_INGRESS, priority, `${CT_NEW},${match}`, commit),
  ]
}
