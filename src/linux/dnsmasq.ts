/**
 * dnsmasq as values: its command line, the lines of its hosts, names, options and leases files, and the DHCPRELEASE
 * that makes it forget a lease. Pure; running it is child.ts's, what a network wants of it is the DHCP agent's.
 * Source: dnsmasq(8); RFC 2131 §4.4.4 (DHCPRELEASE), RFC 8415 §18.2.7 (Release).
 */

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
 * (`tag:ipxe,bootfile-name`). Without values the option is not sent at all.
 */
export function renderOption(version: 4 | 6, tag: string, option: string, values: readonly string[] = []): string {
  const [, extra, name = ''] = /^(?:(tag:.*),)?(.*)$/.exec(firstLine(option))!
  const named = version === 6 ? `option6:${name}` : /^\d+$/.test(name) ? name : `option:${name}`
  return [`tag:${tag}`, ...(extra ? [extra] : []), named, ...values.map(firstLine)].join(',')
}

/** Nobody may start another line of the file by what is in a value. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0]!
}

export interface Lease {
  readonly mac: string
  readonly ip: string
}

/** The IPv4 leases of a leases file, in its order. */
export function parseLeases(text: string): Lease[] {
  return text.split('\n').flatMap((line) => {
    const [expiry, mac, ip] = line.split(' ')
    return expiry && mac && ip && /^\d+$/.test(expiry) && ip.includes('.') ? [{ mac, ip }] : []
  })
}

/**
 * What dnsmasq starts from: each IPv4 lease as taken for ever, so that a client that comes back for its address is not
 * refused, and the IPv6 lines it wrote itself, because the client's identifiers are known only to it.
 */
export function renderLeases(leases: readonly Lease[], before: string): string {
  const kept = before.split('\n').filter((line) => line.startsWith('duid ') || /^\d+ \S+ \S*:/.test(line))
  return [...leases.map(({ mac, ip }) => `0 ${mac} ${ip} * *`), ...kept].map((line) => `${line}\n`).join('')
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

function octets(ip: string): number[] {
  return ip.split('.').map(Number)
}
