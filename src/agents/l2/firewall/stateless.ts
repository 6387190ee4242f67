/**
 * Ports of stateless security groups: every packet is looked up in the rules, in both directions, and none is tracked.
 * What is between such a port and a stateful one of the same host is tracked at the stateful one alone. Pure.
 * Source: Networking API v2.0, "Security groups", `stateful`: answers need rules of their own.
 */
import type { WiredPort } from '#agents/l2/state.ts'
import { CT_NEW, INT, REG_NET, REG_PORT, resubmit, ZONE } from '#agents/l2/tables.ts'
import { type Flow, flow } from '#linux/openflow/flow.ts'

/** A port has groups of one kind; rules of both, as from a server that does not refuse it, are tracked. */
export function isStateless({ security }: WiredPort): boolean {
  const rules = security?.rules ?? []
  return rules.length > 0 && rules.every(({ stateful }) => stateful === false)
}

/** What instances of this host send to such a port, whose MACs these are. */
export function toStateless({ ofport, vlan }: WiredPort, macs: readonly string[]): Flow[] {
  const to = `set_field:${ofport}->${REG_PORT},${resubmit(INT.BASE_INGRESS)}`
  return macs.flatMap((mac) => {
    const match = `${REG_NET}=${vlan},dl_dst=${mac}`
    return [
      // A stateful sender's connection is committed before the packet goes on: nobody does it behind this port's rules.
      ...['ip', 'ipv6'].map((family) =>
        flow(INT.ACCEPT_OR_INGRESS, 101, `${CT_NEW},${family},${match}`, `ct(commit,${ZONE}),${to}`),
      ),
      // What a stateful sender answers passes its own rules, not those of this port.
      flow(INT.ACCEPTED_EGRESS_NORMAL, 20, match, to),
    ]
  })
}
