/**
 * The server's side of the DHCP and metadata agents, in memory: networks as data, DHCP ports made and remembered, ready
 * ports noted. A test changes the data and casts what the server would cast.
 */
import { randomUUID } from 'node:crypto'
import { formatIp, parseCidr } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import type { PortInfo, SubnetInfo } from '#rpc/contract/payloads.ts'
import type { Transport } from '#rpc/rpc.ts'

export class FakeDhcpServer implements Closeable {
  readonly networks = new Map<string, NetworkInfo>()
  readonly ready: string[] = []
  readonly calls: string[] = []
  readonly reports: JsonObject[] = []
  readonly #transport: Transport
  readonly #served: Closeable[] = []

  constructor(transport: Transport) {
    this.#transport = transport
  }

  async start(): Promise<void> {
    this.#served.push(
      await this.#transport.serve('q-plugin', 'server', async ({ method, args }) => this.#answer(method, args)),
      await this.#transport.serve('q-reports-plugin', 'server', async ({ args }) => {
        this.reports.push(args)
        return 'alive'
      }),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.#served.splice(0).map((one) => one.close()))
  }

  async cast(host: string, method: string, payload: JsonObject): Promise<void> {
    const message = { method, args: { payload: { ...payload, priority: 1 } }, version: '1.0', context: {} }
    await this.#transport.cast({ topic: 'dhcp_agent', host }, message)
  }

  #answer(method: string, args: JsonObject): Json {
    this.calls.push(method)
    switch (method) {
      case 'get_active_networks_info':
        return [...this.networks.values()] as unknown as Json
      case 'get_network_info':
        return (this.networks.get(args.network_id as string) ?? null) as unknown as Json
      case 'create_dhcp_port':
        return this.#createPort((args.port as { port: JsonObject }).port) as unknown as Json
      case 'update_dhcp_port':
        return this.#updatePort(args) as unknown as Json
      case 'release_dhcp_port':
        return null
      case 'dhcp_ready_on_ports':
        this.ready.push(...(args.port_ids as string[]))
        return null
      case 'get_ports':
        return this.#ports(args.filters as JsonObject) as unknown as Json
      default:
        throw new Error(`no method ${method}`)
    }
  }

  #createPort({ network_id, device_id, fixed_ips }: JsonObject): PortInfo | null {
    const network = this.networks.get(network_id as string)
    if (!network) return null
    const made = port(network, {
      device_id: device_id as string,
      device_owner: 'network:dhcp',
      fixed_ips: (fixed_ips as { subnet_id: string }[]).map(({ subnet_id }) => address(network, subnet_id, 2)),
    })
    this.networks.set(network.id, { ...network, ports: [...network.ports, made] })
    return made
  }

  #updatePort({ port_id, port }: JsonObject): PortInfo | null {
    const { network_id, fixed_ips } = (port as { port: JsonObject }).port
    const network = this.networks.get(network_id as string)
    const found = network?.ports.find(({ id }) => id === port_id)
    if (!network || !found) return null
    const ips = (fixed_ips as { subnet_id: string; ip_address?: string }[]).map(({ subnet_id, ip_address }) =>
      ip_address ? { subnet_id, ip_address } : address(network, subnet_id, 2),
    )
    const changed = { ...found, fixed_ips: ips }
    this.networks.set(network.id, { ...network, ports: network.ports.map((one) => (one === found ? changed : one)) })
    return changed
  }

  #ports(filters: JsonObject): PortInfo[] {
    const ips = (filters.fixed_ips as { ip_address?: readonly string[] } | undefined)?.ip_address
    const matches = (name: string, value: Json | undefined) => {
      const wanted = filters[name] as readonly Json[] | undefined
      return wanted === undefined || wanted.includes(value ?? null)
    }
    return [...this.networks.values()]
      .flatMap(({ ports }) => ports)
      .filter(
        (one) =>
          ['network_id', 'device_id', 'device_owner'].every((name) => matches(name, one[name] as Json)) &&
          (ips === undefined || one.fixed_ips.some(({ ip_address }) => ips.includes(ip_address))),
      )
  }
}

/** A network with one IPv4 subnet; its gateway is no router's. */
export function network(n: number): NetworkInfo {
  const id = randomUUID()
  const subnet: SubnetInfo = {
    id: randomUUID(),
    network_id: id,
    ip_version: 4,
    cidr: `10.0.${n}.0/24`,
    gateway_ip: `10.0.${n}.1`,
    enable_dhcp: true,
    ipv6_ra_mode: null,
    ipv6_address_mode: null,
    allocation_pools: [],
    dns_nameservers: [],
    host_routes: [],
  }
  const rest = { project_id: 'p', admin_state_up: true, mtu: 1450, non_local_subnets: [], ports: [] }
  return { id, ...rest, subnets: [subnet] }
}

export function address({ subnets }: NetworkInfo, subnet_id: string, n: number): PortInfo['fixed_ips'][number] {
  const { version, first } = parseCidr(subnets.find(({ id }) => id === subnet_id)!.cidr)!
  return { subnet_id, ip_address: formatIp(version, first + BigInt(n)) }
}

let made = 0

/** A port of the network; without an address of its own choice it has the subnet's n-th. */
export function port(network: NetworkInfo, values: Partial<PortInfo> = {}, n = 10): PortInfo {
  made++
  return {
    id: randomUUID(),
    name: '',
    project_id: 'p',
    network_id: network.id,
    mac_address: `fa:16:3e:00:${made.toString(16).padStart(4, '0').replace(/(..)$/, ':$1')}`,
    admin_state_up: true,
    status: 'DOWN',
    device_id: randomUUID(),
    device_owner: 'compute:nova',
    fixed_ips: [address(network, network.subnets[0]!.id, n)],
    security_groups: [],
    ...values,
  }
}
