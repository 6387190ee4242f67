/**
 * What the server says about the ports that are on this host: asked for in bulk, kept until a message says that it may
 * have changed. Messages only mark; what they carry is not used. Knows nothing of bridges and flows.
 * Source: the reference of agents and RPC, §4.
 */
import { isDeepStrictEqual } from 'node:util'
import { OperatingError } from '#base/errors.ts'
import type { DeviceDetails, l2Plugin, SecurityDevice, SecurityGroupInfo, SecurityRule } from '#rpc/contract/l2.ts'
import type { Client } from '#rpc/rpc.ts'
import type { PortSecurity } from './state.ts'

/** Ports asked about in one call. */
const SLICE = 200

export interface ServerOptions {
  readonly client: Client<(typeof l2Plugin)['methods']>
  readonly host: string
  readonly agentId: string
  /** Whether ports are filtered by security groups: otherwise nobody asks for them. */
  readonly securityGroups: boolean
  readonly localIp: string | null
  readonly tunnelTypes: readonly string[]
}

export interface Wiring {
  /** Ports that are connected, and those that are not to be. */
  readonly up: readonly string[]
  readonly down: readonly string[]
}

type Members = SecurityGroupInfo['sg_member_ips'][string]

export class ServerView {
  readonly #options: ServerOptions
  readonly #details = new Map<string, DeviceDetails>()
  readonly #devices = new Map<string, SecurityDevice | null>()
  readonly #rules = new Map<string, readonly SecurityRule[]>()
  readonly #members = new Map<string, Members>()
  readonly #tunnels = new Map<string, ReadonlySet<string>>()
  readonly #staleDetails = new Set<string>()
  readonly #staleSecurity = new Set<string>()
  readonly #toReport = new Set<string>()
  readonly #gone = new Set<string>()
  readonly #unanswered = new Set<string>()
  #tunnelsAreStale = true

  constructor(options: ServerOptions) {
    this.#options = options
  }

  details(portId: string): DeviceDetails | null {
    return this.#details.get(portId) ?? null
  }

  /** Null: not filtered. A port the server says nothing of is filtered, by no rules: nothing gets through. */
  security(portId: string): PortSecurity | null {
    const details = this.#details.get(portId)
    if (details?.device_owner?.startsWith('network:') || details?.port_security_enabled === false) return null
    const rules = (this.#devices.get(portId)?.security_groups ?? []).flatMap((id) => this.#rules.get(id) ?? [])
    const named = new Set(rules.flatMap((rule) => rule.remote_group_id ?? rule.remote_address_group_id ?? []))
    return { rules, members: new Map([...named].map((id) => [id, this.#members.get(id) ?? { IPv4: [], IPv6: [] }])) }
  }

  /** The other ends of tunnels of that type. */
  tunnels(type: string): readonly string[] {
    return [...(this.#tunnels.get(type) ?? [])].sort()
  }

  /** Each answers whether anything on this host is concerned. */
  markPort(id: string): boolean {
    if (!this.#details.has(id)) return false
    this.#staleDetails.add(id)
    this.#staleSecurity.add(id)
    return true
  }

  markNetwork(networkId: string): boolean {
    const ids = [...this.#details].filter(([, { network_id }]) => network_id === networkId).map(([id]) => id)
    for (const id of ids) this.#staleDetails.add(id)
    return ids.length > 0
  }

  /** Groups whose rules or members changed. */
  markGroups(groups: readonly string[]): boolean {
    const touched = [...this.#devices].filter(([, device]) =>
      groups.some((id) => device?.security_groups.includes(id) || device?.security_group_source_groups.includes(id)),
    )
    for (const [id] of touched) this.#staleSecurity.add(id)
    return touched.length > 0
  }

  /** Everything may have changed: messages may have been lost. */
  markAll(): void {
    for (const id of this.#details.keys()) this.markPort(id)
    this.#tunnelsAreStale = true
  }

  /** Another host's end of a tunnel came or went. Asking for all again would make every host ask again, without end. */
  setTunnel(type: string, ip: string, exists: boolean): boolean {
    const known = this.#tunnels.get(type)
    if (!this.#options.tunnelTypes.includes(type) || ip === this.#options.localIp || known?.has(ip) === exists)
      return false
    const ends = new Set(known)
    if (exists) ends.add(ip)
    else ends.delete(ip)
    this.#tunnels.set(type, ends)
    return true
  }

  /** Reads what is not known about these ports, which are all that are on this host. @throws when it cannot. */
  async refresh(present: readonly string[], signal: AbortSignal): Promise<void> {
    this.#forgetOthers(new Set(present))
    const missing = (known: ReadonlyMap<string, unknown>, stale: ReadonlySet<string>) =>
      present.filter((id) => !known.has(id) || stale.has(id))
    const details = missing(this.#details, this.#staleDetails)
    const security = this.#options.securityGroups ? missing(this.#devices, this.#staleSecurity) : []
    await Promise.all([
      ...slices(details).map((ids) => this.#unstale(this.#staleDetails, ids, () => this.#readDetails(ids, signal))),
      ...slices(security).map((ids) => this.#unstale(this.#staleSecurity, ids, () => this.#readSecurity(ids, signal))),
      ...(this.#tunnelsAreStale ? [this.#readTunnels(signal)] : []),
    ])
  }

  /**
   * Tells the server what has become of the ports it was asked about since the last time. @throws to be tried again.
   */
  async report(wiring: Wiring, signal: AbortSignal): Promise<void> {
    await this.#reportWiring(wiring, signal)
    if (this.#unanswered.size > 0) {
      throw new OperatingError(`the server could not look up ports ${[...this.#unanswered].join(', ')}`)
    }
  }

  async #reportWiring({ up, down }: Wiring, signal: AbortSignal): Promise<void> {
    const devices_up = up.filter((id) => this.#toReport.has(id))
    const gone = [...this.#gone]
    const devices_down = [...down.filter((id) => this.#toReport.has(id)), ...gone]
    if (devices_up.length + devices_down.length === 0) return
    const { client, host, agentId } = this.#options
    for (const id of [...devices_up, ...devices_down]) this.#toReport.delete(id)
    for (const id of gone) this.#gone.delete(id)
    try {
      const args = { devices_up, devices_down, agent_id: agentId, host }
      const answer = await client.call('update_device_list', args, { signal })
      const failed = [...answer.failed_devices_up, ...answer.failed_devices_down]
      if (failed.length > 0)
        throw new OperatingError(`the server could not note the state of ports ${failed.join(', ')}`)
    } catch (error) {
      for (const id of [...devices_up, ...devices_down]) if (this.#details.has(id)) this.#toReport.add(id)
      for (const id of gone) this.#gone.add(id)
      throw error
    }
  }

  /** Removes the marks first, so that one that comes meanwhile stays; puts them back when the reading fails. */
  async #unstale(stale: Set<string>, ids: readonly string[], read: () => Promise<void>): Promise<void> {
    for (const id of ids) stale.delete(id)
    try {
      await read()
    } catch (error) {
      for (const id of ids) stale.add(id)
      throw error
    }
  }

  #forgetOthers(present: ReadonlySet<string>): void {
    for (const [id, { network_id }] of this.#details) {
      if (present.has(id)) continue
      if (network_id !== undefined) this.#gone.add(id)
      for (const known of [
        this.#details,
        this.#devices,
        this.#staleDetails,
        this.#staleSecurity,
        this.#toReport,
        this.#unanswered,
      ]) {
        known.delete(id)
      }
    }
    for (const id of present) this.#gone.delete(id)
  }

  async #readDetails(devices: readonly string[], signal: AbortSignal): Promise<void> {
    const { client, host, agentId } = this.#options
    const args = { devices, agent_id: agentId, host }
    const answer = await client.call('get_devices_details_list_and_failed_devices', args, { signal })
    for (const details of answer.devices) {
      this.#details.set(details.device, details)
      if (details.network_id !== undefined) this.#toReport.add(details.device)
    }
    // A port the server could not look up keeps what was known of it.
    const silent = devices.filter((id) => answer.failed_devices.includes(id) || !this.#details.has(id))
    for (const id of devices) this.#unanswered.delete(id)
    for (const id of silent) {
      this.#unanswered.add(id)
      this.#staleDetails.add(id)
      if (!this.#details.has(id)) this.#details.set(id, { device: id })
    }
  }

  async #readSecurity(devices: readonly string[], signal: AbortSignal): Promise<void> {
    const info = await this.#options.client.call(
      'security_group_info_for_devices',
      { devices, call_version: '1.3' },
      { signal },
    )
    for (const id of devices) keep(this.#devices, id, info.devices[id] ?? null)
    for (const [id, rules] of Object.entries(info.security_groups)) keep(this.#rules, id, rules)
    for (const [id, members] of Object.entries(info.sg_member_ips)) keep(this.#members, id, members)
  }

  async #readTunnels(signal: AbortSignal): Promise<void> {
    const { client, host, localIp, tunnelTypes } = this.#options
    this.#tunnelsAreStale = false
    try {
      for (const tunnel_type of localIp === null ? [] : tunnelTypes) {
        const { tunnels } = await client.call('tunnel_sync', { tunnel_ip: localIp!, tunnel_type, host }, { signal })
        const ends = tunnels.map(({ ip_address }) => ip_address).filter((ip) => ip !== localIp)
        this.#tunnels.set(tunnel_type, new Set(ends))
      }
    } catch (error) {
      this.#tunnelsAreStale = true
      throw error
    }
  }
}

/** What is equal to the old stays the old one, so that who compares is quick. */
function keep<Value>(known: Map<string, Value>, key: string, value: Value): void {
  if (!known.has(key) || !isDeepStrictEqual(known.get(key), value)) known.set(key, value)
}

function slices(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / SLICE) }, (_, index) =>
    ids.slice(index * SLICE, (index + 1) * SLICE),
  )
}
