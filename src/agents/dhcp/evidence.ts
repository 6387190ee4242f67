/**
 * What this host has of a network beside what it is to have, as far as one port is concerned: the agent's own plan over
 * what it finds, and the lines that dnsmasq needs of the port. Pure.
 */
import { failingOf } from '#agents/runtime/failing.ts'
import type { Failure } from '#agents/runtime/reconciler.ts'
import { isoSeconds } from '#base/clock.ts'
import type { DhcpEvidence } from '#rpc/contract/evidence.ts'
import { filesOf, netnsName } from './fragment.ts'
import { plan } from './plan.ts'
import type { NetworkState, WantedNetwork } from './state.ts'

export interface Looked {
  readonly networkId: string
  readonly portId: string
  /** Null: the agent does not serve the network. */
  readonly want: WantedNetwork | null
  readonly have: NetworkState | null
  /** Whether the metadata proxy that is wanted listens. */
  readonly listens: boolean
  /** When dnsmasq was last seen to have died, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly diedMs: number | null
  readonly failure: Failure | null
  /** `dhcp_confs` */
  readonly confs: string
}

export function evidenceOf(looked: Looked): DhcpEvidence {
  const { networkId, portId, want, have, listens, diedMs, failure, confs } = looked
  const alive = have?.dnsmasq != null
  const mac = want?.ports.find(({ id }) => id === portId)?.mac ?? null
  const entries = want && mac ? linesOf(want.files.host, mac) : []
  const found = new Set(have?.files.host.split('\n'))
  return {
    serves: want !== null,
    netns: netnsName(networkId),
    plan: want ? plan(want, have).map((step) => step.do) : [],
    dnsmasq: {
      alive,
      wanted: want !== null && want.dnsmasq !== null,
      died_at: alive || diedMs === null ? null : isoSeconds(diedMs),
    },
    entries: { wanted: entries, missing: entries.filter((line) => !found.has(line)) },
    loaded: want !== null && have?.loaded === want.loaded,
    hosts_file: filesOf({ dhcp_confs: confs }, networkId).host,
    proxy: want?.proxy ? (listens ? 'listening' : 'missing') : 'none',
    failing: failingOf(failure),
  }
}

/** A MAC address is one port's alone on its network. */
function linesOf(text: string, mac: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(`${mac},`))
}
