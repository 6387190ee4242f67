/**
 * Which instance asks: found by where its request was caught and its address there. Answers are kept for moments only,
 * because an address may soon be another instance's. Source: reference of agents and RPC, §8 and §16.
 */
import type { JsonObject } from '#base/json.ts'
import type { metadataPlugin } from '#rpc/contract/metadata.ts'
import type { PortInfo } from '#rpc/contract/payloads.ts'
import type { Client } from '#rpc/rpc.ts'
import type { ProxyIdentity } from './headers.ts'

export type MetadataPlugin = Client<(typeof metadataPlugin)['methods']>

export interface Instance {
  readonly id: string
  readonly project_id: string
}

const ROUTER_INTERFACES = [
  'network:router_interface',
  'network:ha_router_replicated_interface',
  'network:router_interface_distributed',
]
const NETWORKS_MS = 5_000
const INSTANCE_MS = 1_000
const ENTRIES_MAX = 2_048

export type FindInstance = (identity: ProxyIdentity, address: string, signal: AbortSignal) => Promise<Instance | null>

/** Null unless exactly one port has that address there. Questions asked at once for the same are one call. */
export function instanceFinder(plugin: MetadataPlugin, now: () => number): FindInstance {
  const networks = new ShortMemory<readonly string[]>(NETWORKS_MS, now)
  const instances = new ShortMemory<Instance | null>(INSTANCE_MS, now)
  const ports = (filters: JsonObject, signal: AbortSignal) => plugin.call('get_ports', { filters }, { signal })

  const networksOf = (identity: ProxyIdentity, signal: AbortSignal) => {
    if ('network_id' in identity) return Promise.resolve([identity.network_id])
    const { router_id } = identity
    return networks.get(router_id, async () => {
      const interfaces = await ports({ device_id: [router_id], device_owner: ROUTER_INTERFACES }, signal)
      return [...new Set(interfaces.map(({ network_id }) => network_id))]
    })
  }

  return (identity, address, signal) =>
    instances.get(JSON.stringify([identity, address]), async () => {
      const network_id = await networksOf(identity, signal)
      if (network_id.length === 0) return null
      return only(await ports({ network_id, fixed_ips: { ip_address: [address] } }, signal))
    })
}

function only(ports: readonly PortInfo[]): Instance | null {
  const [port, ...others] = ports
  if (!port || others.length > 0 || port.device_id === '') return null
  return { id: port.device_id, project_id: port.project_id ?? port.tenant_id ?? '' }
}

/** Answers for a while; failures are forgotten at once. Bounded: the oldest goes first. */
class ShortMemory<Value> {
  readonly #entries = new Map<string, { readonly value: Promise<Value>; readonly until: number }>()
  readonly #ms: number
  readonly #now: () => number

  constructor(ms: number, now: () => number) {
    this.#ms = ms
    this.#now = now
  }

  get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const kept = this.#entries.get(key)
    if (kept && kept.until > this.#now()) return kept.value
    const value = ask()
    this.#entries.delete(key)
    this.#entries.set(key, { value, until: this.#now() + this.#ms })
    value.catch(() => this.#entries.delete(key))
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= ENTRIES_MAX) break
      this.#entries.delete(oldest)
    }
    return value
  }
}
