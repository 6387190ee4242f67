/**
 * dnsmasq as values: its command line, the lines of its hosts, names, options and leases files, and the DHCPRELEASE
 * that makes it forget a lease. Pure; running it is child.ts's, what a network wants of it is the DHCP agent's.
 * Source: dnsmasq(8); RFC 2131 §4.4.4 (DHCPRELEASE), RFC 8415 §18.2.7 (Release).
 */

import { parseIp } from '#base/ip.ts'

export interface DnsmasqFiles {
  readonly pid: string
  readonly host: string
  readonly addn_hosts: string
  readonly opts: string
  readonly leases: string
}

/** Addresses dnsmasq answers for: only to hosts of the hosts file. */
export interface DnsmasqRange {
  readonly tag: string
  /** The network's address. */
  readonly first: string
  /** A netmask for IPv4, a prefix length for IPv6. */
  readonly mask: string
}

export interface DnsmasqOptions {
  readonly files: DnsmasqFiles
  readonly ranges: readonly DnsmasqRange[]
  /** -1: forever. */
  readonly leaseSeconds: number
  /** 0: not announced. */
  readonly mtu: number
  readonly leaseMax: number
  /** 0: dnsmasq's own. */
  readonly renewalSeconds: number
  readonly rebindingSeconds: number
  readonly configFile: string | null
  readonly servers: readonly string[]
  /** Whether names are looked up at the resolvers of the host. */
  readonly localResolv: boolean
  readonly domain: string
  readonly broadcastReply: boolean
  readonly txtRecord: string
  /** A file for queries and DHCP messages. */
  readonly logFile: string | null
  /** Whom it runs as after its start; null: whom it chooses (nobody). */
  readonly user: string | null
}

/** The command line, program first, in the order upstream has it. */
export function renderCommand(options: DnsmasqOptions): string[] {
  const { files, servers, configFile, leaseSeconds, logFile } = options
  const lease = leaseSeconds === -1 ? 'infinite' : `${leaseSeconds}s`
  return [
    'dnsmasq',
    '--no-hosts',
    ...(servers.length > 0 || !options.localResolv ? ['--no-resolv'] : []),
    `--pid-file=${files.pid}`,
    `--dhcp-hostsfile=${files.host}`,
    `--addn-hosts=${files.addn_hosts}`,
    `--dhcp-optsfile=${files.opts}`,
    `--dhcp-leasefile=${files.leases}`,
    '--dhcp-match=set:ipxe,175',
    '--dhcp-userclass=set:ipxe6,iPXE',
    '--local-service',
    '--bind-dynamic',
    ...options.ranges.map(({ tag, first, mask }) => `--dhcp-range=set:${tag},${first},static,${mask},${lease}`),
    ...(options.mtu > 0 ? [`--dhcp-option-force=option:mtu,${options.mtu}`] : []),
    `--dhcp-lease-max=${options.leaseMax}`,
    ...(options.renewalSeconds > 0 ? [`--dhcp-option-force=option:T1,${options.renewalSeconds}s`] : []),
    ...(options.rebindingSeconds > 0 ? [`--dhcp-option-force=option:T2,${options.rebindingSeconds}s`] : []),
    ...(options.txtRecord === '' ? [] : [`--txt-record=${options.txtRecord}`]),
    `--conf-file=${configFile ?? '/dev/null'}`,
    ...servers.map((server) => `--server=${server}`),
    ...(options.domain === '' ? [] : [`--domain=${options.domain}`]),
    ...(options.broadcastReply ? ['--dhcp-broadcast'] : []),
    ...(logFile === null ? [] : ['--log-queries', '--log-dhcp', `--log-facility=${logFile}`]),
    ...(options.user === null ? [] : [`--user=${options.user}`]),
  ]
}

/**
 * An option line: for clients with that tag, a DHCP option by its name or number. `option` may carry a tag of its own
 * (`tag:ipxe,bootfile-name`). Without values, or with an empty one, the option is not sent at all.
 */
export function renderOption(version: 4 | 6, tag: string, option: string, values: readonly string[] = []): string {
  const [, extra, name = ''] = /^(?:(tag:.*),)?(.*)$/.exec(firstLine(option))!
  const named = version === 6 ? `option6:${name}` : /^\d+$/.test(name) ? name : `option:${name}`
  return [
    `tag:${tag}`,
    ...(extra ? [extra] : []),
    named,
    ...values.map(firstLine).filter((value) => value !== ''),
  ].join(',')
}

/** Nobody may start another line of the file by what is in a value. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

export interface Lease {
  /** Empty for IPv6, whose clients are known by identifiers of their own. */
  readonly mac: string
  readonly ip: string
  readonly client?: Dhcp6Client
}

export interface Dhcp6Client {
  readonly iaid: number
  /** `00:03:00:01:…`, as dnsmasq writes it. */
  readonly duid: string
  readonly serverDuid: string
}

/** The leases of a leases file, in its order. */
export function parseLeases(text: string): Lease[] {
  const lines = text.split('\n').map((line) => line.split(' '))
  const serverDuid = lines.find(([word]) => word === 'duid')?.[1] ?? ''
  return lines.flatMap(([expiry = '', id = '', ip = '', , duid = '']): Lease[] => {
    if (!/^\d+$/.test(expiry)) return []
    if (ip.includes('.')) return [{ mac: id, ip }]
    return ip.includes(':') && /^\d+$/.test(id) ? [{ mac: '', ip, client: { iaid: Number(id), duid, serverDuid } }] : []
  })
}

/**
 * What dnsmasq starts from: each IPv4 lease as taken for ever, so that a client that comes back for its address is not
 * refused, and the IPv6 lines it wrote itself, because the client's identifiers are known only to it.
 */
export function renderLeases(leases: readonly Lease[], before: string): string {
  const four = leases.filter(({ mac }) => mac !== '')
  const kept = before.split('\n').filter((line) => line.startsWith('duid ') || /^\d+ \S+ \S*:/.test(line))
  return [...four.map(({ mac, ip }) => `0 ${mac} ${ip} * *`), ...kept].map((line) => `${line}\n`).join('')
}

/** A DHCPRELEASE from that client for that address to that server. */
export function renderRelease({ mac, ip }: Lease, server: string): Buffer {
  const packet = Buffer.alloc(300)
  packet.set([1, 1, 6, 0], 0) // BOOTREQUEST, Ethernet, six octets, no hop
  packet.writeUInt32BE(1, 4)
  packet.set(octets(ip), 12)
  packet.set(
    mac.split(':').map((part) => Number.parseInt(part, 16)),
    28,
  )
  packet.set([99, 130, 83, 99, 53, 1, 7, 54, 4, ...octets(server), 255], 236)
  return packet
}

/** A DHCPv6 RELEASE of that address. */
export function renderRelease6(ip: string, { iaid, duid, serverDuid }: Dhcp6Client): Buffer {
  const bytes = (text: string) => Buffer.from(text.replaceAll(':', ''), 'hex')
  const address = Buffer.alloc(24)
  Buffer.from(parseIp(ip)!.value.toString(16).padStart(32, '0'), 'hex').copy(address)
  const association = Buffer.alloc(12)
  association.writeUInt32BE(iaid)
  return Buffer.concat([
    Buffer.from([8, 0, 0, 1]), // RELEASE and a transaction id
    option6(1, bytes(duid)),
    option6(2, bytes(serverDuid)),
    option6(3, Buffer.concat([association, option6(5, address)])),
  ])
}

function option6(code: number, data: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(code, 0)
  head.writeUInt16BE(data.length, 2)
  return Buffer.concat([head, data])
}

function octets(ip: string): number[] {
  return ip.split('.').map(Number)
}
