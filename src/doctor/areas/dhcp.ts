/**
 * What the DHCP agent of this host serves, by its own records, compared with what the host has; and whether dnsmasq
 * takes the command line it is given.
 */

import { digestOf, netnsName } from '#agents/dhcp/fragment.ts'
import { DhcpHost } from '#agents/dhcp/host.ts'
import { dhcp as dhcpOptions } from '#agents/dhcp/options.ts'
import type { NetworkState } from '#agents/dhcp/state.ts'
import { OperatingError } from '#base/errors.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { BINARIES, findProcess } from '#doctor/processes.ts'
import { agents, type HostRow, hosts, listByIds, networkAgents, type SubnetRow, subnets } from '#doctor/rows.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { DaemonWatch } from '#linux/child.ts'
import { CommandError, run } from '#linux/command.ts'
import { renderCommand } from '#linux/dnsmasq.ts'
import { listed } from './configuration.ts'
import { leftOver } from './namespaces.ts'
import { installed } from './programs.ts'

const TRY_MS_MAX = 10_000
const BINARY = BINARIES.dhcp
const here = (site: Site) => hasRole(site, 'dhcp')

export const dhcp: readonly Check[] = [
  {
    area: 'dhcp',
    subject: 'dnsmasq options',
    why: 'dnsmasq does not start with an option it does not know.',
    sanity: 'dnsmasq_local_service_supported',
    applies: here,
    check: options,
  },
  {
    area: 'dhcp',
    subject: 'dnsmasq IPv6 names',
    why: 'Leases of IPv6 are given by MAC address, which old releases of dnsmasq cannot.',
    sanity: 'dnsmasq_version',
    applies: here,
    check: (_, signal) => tested(['--dhcp-host=02:00:00:00:00:01,tag:dhcpv6,host,[2001:db8::1]'], signal),
  },
  {
    area: 'dhcp',
    subject: 'dhcp_release6',
    why: 'Upstream releases IPv6 leases with it.',
    sanity: 'dhcp_release6',
    applies: () => 'the agent releases leases itself',
    check: () => installed(['dhcp_release6', '--help'], 'dnsmasq-utils'),
  },
  {
    area: 'dhcp',
    subject: 'networks',
    moving: true,
    why: 'Instances of a network without a DHCP server get no address.',
    applies: here,
    check: async (site) => networks(site),
  },
  {
    area: 'dhcp',
    subject: 'entries',
    moving: true,
    why: 'dnsmasq answers only the MAC addresses it has an entry of: an instance without one gets no address.',
    applies: (site) => here(site) ?? hasRole(site, 'server'),
    check: entries,
  },
  {
    area: 'dhcp',
    subject: 'networks of the agent',
    why: 'A network that the server gave to this agent, and that is not here, has no DHCP.',
    applies: (site) => here(site) ?? hasRole(site, 'server'),
    check: given,
  },
  {
    area: 'dhcp',
    subject: 'namespaces',
    why: 'What is left over answers DHCP for a network that may be elsewhere by now.',
    applies: here,
    check: async (site) =>
      leftOver(
        'qdhcp-',
        recordsOf(site, (host) => host.list()),
      ),
  },
]

async function options(site: Site, signal: AbortSignal): Promise<Verdict> {
  const { dnsmasq_config_file, dhcp_lease_duration } = site.config.of(dhcpOptions)
  const files = { pid: '/dev/null', host: '/dev/null', addn_hosts: '/dev/null', opts: '/dev/null', leases: '/dev/null' }
  const argv = renderCommand({
    files,
    ranges: [
      { tag: 'trial4', first: '192.0.2.0', mask: '255.255.255.0' },
      { tag: 'trial6', first: '2001:db8::', mask: '64' },
    ],
    leaseSeconds: dhcp_lease_duration,
    mtu: 1450,
    leaseMax: 1000,
    renewalSeconds: 0,
    rebindingSeconds: 0,
    configFile: dnsmasq_config_file === '' ? null : dnsmasq_config_file,
    servers: [],
    localResolv: false,
    domain: 'trial',
    broadcastReply: false,
    txtRecord: '',
    logFile: null,
    user: null,
  })
  return await tested(argv.slice(1), signal)
}

/** Whether dnsmasq takes these words: it reads them, and ends. */
async function tested(words: readonly string[], signal: AbortSignal): Promise<Verdict> {
  try {
    await run(['dnsmasq', '--test', ...words], { timeoutMs: TRY_MS_MAX, signal })
    return good('it was tried: dnsmasq takes the options the agent gives it')
  } catch (error) {
    const said = error instanceof CommandError && error.status !== null ? error.stderr.trim() : textOf(error)
    return lacking(said, 'sudo apt-get install dnsmasq-base   (or mend dnsmasq_config_file)')
  }
}

/** What the agent's own reading of the host answers; nothing is driven. */
function recordsOf<T>({ config }: Site, read: (host: DhcpHost) => T): T {
  const watch = new DaemonWatch(() => {})
  try {
    const driver = () => Promise.reject(new OperatingError('the doctor plugs nothing'))
    return read(new DhcpHost({ confs: config.of(dhcpOptions).dhcp_confs, driver, watch, deleteNamespaces: false }))
  } finally {
    watch.close()
  }
}

function networks(site: Site): readonly Verdict[] {
  const states = recordsOf(site, (host) => host.list().map((id) => ({ id, state: host.have(id) })))
  const isRunning = findProcess('dhcp', site.config.files) !== null
  const owes = isRunning
    ? `${BINARY}, which mends it within seconds; its log says why not`
    : `${BINARY}, which does not run here`
  const wrong = states.flatMap(({ id, state }): Verdict[] => {
    const reason = state ? lackOf(state) : null
    return reason === null ? [] : [{ ...lacking(reason, site.restart('dhcp'), owes), subject: `network ${id}` }]
  })
  const behind = states.filter(({ state }) => state && lackOf(state) === null && digestOf(state.files) !== state.loaded)
  const late: Verdict[] =
    behind.length === 0
      ? []
      : [
          {
            ...note(`dnsmasq has not read the newest hosts of ${listed(behind.map(({ id }) => id))}`),
            subject: 'files',
          },
        ]
  if (wrong.length > 0) return [...wrong, ...late]
  return [
    good(states.length === 0 ? 'this host serves none' : `${states.length} served, dnsmasq runs for each`),
    ...late,
  ]
}

/** The first thing a served network lacks on this host; null: nothing. Pure. */
export function lackOf({ netns, namespace, devices, addresses, dnsmasq }: NetworkState): string | null {
  if (!namespace) return `its namespace ${netns} is not there`
  if (devices.length === 0) return `no device is plugged in ${netns}`
  if (addresses.length === 0) return `${devices[0]!.name} in ${netns} has no address`
  return dnsmasq === null ? `dnsmasq does not run in ${netns}` : null
}

async function entries(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const files = new Map(
    recordsOf(site, (host) => host.list().map((id) => [id, host.have(id)?.files.host ?? ''] as const)),
  )
  const ids = [...files.keys()]
  const store = await site.store()
  const { ports, served } = await store.read(
    async (tx) => ({
      ports: await listByIds(tx, hosts, 'network_id', ids),
      served: await listByIds(tx, subnets, 'network_id', ids),
    }),
    signal,
  )
  const lost = withoutEntry(ports, served, (network) => files.get(network) ?? '')
  const owes = `${BINARY} on ${site.host}`
  const wrong = [...Map.groupBy(lost, ({ network_id }) => network_id)].map(([id, some]): Verdict => {
    const evidence = `${some.length} ports have no entry: ${listed(some.map((port) => `${port.id} (${port.mac_address})`))}`
    return { ...lacking(evidence, site.restart('dhcp'), owes), subject: `network ${id}` }
  })
  return wrong.length > 0 ? wrong : [good(`${ports.length} ports on ${ids.length} networks, none lacks its entry`)]
}

/** Ports that have an address by DHCP and whose MAC address is nowhere in the hosts file of their network. Pure. */
export function withoutEntry(
  ports: readonly HostRow[],
  served: readonly SubnetRow[],
  fileOf: (networkId: string) => string,
): HostRow[] {
  const given = new Set(
    served
      .filter(({ ip_version, enable_dhcp, ipv6_address_mode: mode }) =>
        ip_version === 4 ? enable_dhcp : enable_dhcp && mode === 'dhcpv6-stateful',
      )
      .map(({ id }) => id),
  )
  const macs = new Map<string, ReadonlySet<string>>()
  const has = ({ network_id, mac_address }: HostRow) => {
    const known = macs.get(network_id) ?? new Set(fileOf(network_id).match(/^[0-9a-f:]{17}/gm))
    macs.set(network_id, known)
    return known.has(mac_address)
  }
  return ports.filter(
    (port) =>
      !port.device_owner.startsWith('network:') &&
      port.fixed_ips.some(({ subnet_id }) => given.has(subnet_id)) &&
      !has(port),
  )
}

async function given(site: Site, signal: AbortSignal): Promise<Verdict> {
  const store = await site.store()
  const ids = await store.read(async (tx) => {
    const rows = await tx.list(agents, { host: site.host, binary: BINARY })
    return rows.length === 0 ? [] : await tx.list(networkAgents, { dhcp_agent_id: rows.map(({ id }) => id) })
  }, signal)
  const known = new Set(recordsOf(site, (host) => host.list()))
  const missing = ids.map(({ network_id }) => network_id).filter((id) => !known.has(id))
  if (missing.length === 0) return good(`${ids.length} given, all on record here`)
  // A network all of whose subnets are without DHCP may be given and has nothing to serve.
  const evidence = `${missing.length} of ${ids.length} are not served here: ${listed(missing)} (no subnet with DHCP, or not yet)`
  return note(evidence, `ip netns list | grep ${netnsName(missing[0]!)}`, BINARY)
}
