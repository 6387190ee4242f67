/**
 * Two dealings with the server about ports: this host's DHCP port on a network, got or made; and telling that dnsmasq
 * knows a port, in batches. Source: reference of agents and RPC, §6.
 */
import { OperatingError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { dhcpPlugin, NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo } from '#rpc/contract/payloads.ts'
import type { Client } from '#rpc/rpc.ts'
import { dhcpDeviceId } from './fragment.ts'
import type { WantedNetwork } from './state.ts'
import { dhcpSubnets } from './subnets.ts'

export type DhcpPlugin = Client<(typeof dhcpPlugin)['methods']>

const RESERVED = 'reserved_dhcp_port'
const READY_PORTS_MAX = 64
const READY_PAUSE_MS = 20
const READY_RETRY_MS = 2_000

/**
 * The DHCP port of this host, with an address on each subnet that is served and on no other. Made, taken over from a
 * host that left it, or changed when it is not so.
 * @throws OperatingError when the server gives none: the network may be going.
 */
export async function ensureDhcpPort(
  plugin: DhcpPlugin,
  network: NetworkInfo,
  host: string,
  signal: AbortSignal,
): Promise<PortInfo> {
  const device_id = dhcpDeviceId(host, network.id)
  const subnets = dhcpSubnets(network).map(({ id }) => id)
  const port =
    (await existingPort(plugin, network, { host, device_id, subnets }, signal)) ??
    (await reservedPort(plugin, network, { host, device_id }, signal)) ??
    (await plugin.call(
      'create_dhcp_port',
      {
        host,
        port: {
          port: {
            name: '',
            admin_state_up: true,
            device_id,
            network_id: network.id,
            project_id: network.project_id,
            fixed_ips: subnets.map((subnet_id) => ({ subnet_id })),
          },
        },
      },
      { signal },
    ))
  const missing = subnets.filter((id) => !port?.fixed_ips.some(({ subnet_id }) => subnet_id === id))
  if (!port || missing.length > 0) {
    throw new OperatingError(`network ${network.id}: no DHCP port with an address on each of its subnets`)
  }
  return port
}

async function existingPort(
  plugin: DhcpPlugin,
  { id, ports }: NetworkInfo,
  { host, device_id, subnets }: { host: string; device_id: string; subnets: readonly string[] },
  signal: AbortSignal,
): Promise<PortInfo | null> {
  const port = ports.find((one) => one.device_id === device_id)
  if (!port) return null
  const has = new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id))
  const kept = port.fixed_ips.filter(({ subnet_id }) => subnets.includes(subnet_id))
  const missing = subnets.filter((subnet) => !has.has(subnet))
  if (missing.length === 0 && kept.length === port.fixed_ips.length) return port
  const fixed_ips = [...kept, ...missing.map((subnet_id) => ({ subnet_id }))]
  const update = { host, port_id: port.id, port: { port: { network_id: id, fixed_ips } } }
  return plugin.call('update_dhcp_port', update, { signal })
}

async function reservedPort(
  plugin: DhcpPlugin,
  { id, ports }: NetworkInfo,
  { host, device_id }: { host: string; device_id: string },
  signal: AbortSignal,
): Promise<PortInfo | null> {
  for (const port of ports.filter((one) => one.device_id === RESERVED)) {
    const update = { host, port_id: port.id, port: { port: { network_id: id, device_id } } }
    const taken = await plugin.call('update_dhcp_port', update, { signal })
    if (taken) return taken
  }
  return null
}

type ReadyPort = Pick<WantedNetwork['ports'][number], 'id' | 'ready' | 'version'>

/** Tells the server once of each port that is not ACTIVE yet; again when the port has changed or a message named it. */
export class ReadyPorts {
  readonly #plugin: DhcpPlugin
  readonly #log: Log
  /** By network and port: what a port was like when it was told. */
  readonly #told = new Map<string, Map<string, string>>()
  readonly #waiting = new Set<string>()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(plugin: DhcpPlugin, log: Log) {
    this.#plugin = plugin
    this.#log = log
  }

  /** dnsmasq knows these ports of the network now, and no others. */
  set(networkId: string, ports: readonly ReadyPort[]): void {
    const before = this.#told.get(networkId)
    const waits = ports.filter(({ ready }) => !ready)
    for (const { id, version } of waits) if (before?.get(id) !== version) this.#waiting.add(id)
    if (waits.length === 0) this.#told.delete(networkId)
    else this.#told.set(networkId, new Map(waits.map(({ id, version }) => [id, version])))
    this.#plan(READY_PAUSE_MS)
  }

  /** What was told of it counts no more. */
  forget(networkId: string, portId: string): void {
    this.#told.get(networkId)?.delete(portId)
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #plan(pauseMs: number): void {
    if (this.#waiting.size > 0 && !this.#closed) this.#timer ??= setTimeout(() => void this.#send(), pauseMs)
  }

  async #send(): Promise<void> {
    const port_ids = [...this.#waiting].slice(0, READY_PORTS_MAX)
    for (const id of port_ids) this.#waiting.delete(id)
    let pauseMs = 0
    try {
      await this.#plugin.call('dhcp_ready_on_ports', { port_ids })
    } catch (error) {
      if (!this.#closed) this.#log.warn('ready ports not told', { ports: port_ids.length, error })
      for (const id of port_ids) this.#waiting.add(id)
      pauseMs = READY_RETRY_MS
    }
    this.#timer = null
    this.#plan(pauseMs)
  }
}
