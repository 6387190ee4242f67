/**
 * Subnets on the command line: `subnet-list`, `subnet-create NETWORK CIDR`, …
 * Source: neutronclient 8.1's commands of subnets.
 */
import { parseCidr } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { flag, given, option } from '#cli/arguments.ts'
import { type Argument, type Call, defineCli, type Formatter } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { find, findId } from '#cli/find.ts'
import { pythonJson } from '#cli/output/python.ts'
import { dictOf, lower } from '#cli/types.ts'

const IPV6_MODES = ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac']

const POOL: Partial<Argument> = {
  name: 'allocation_pools',
  action: 'append',
  type: dictOf({ required: ['start', 'end'] }),
}

const updatable: readonly Argument[] = [
  option('--name', 'Name of the subnet.'),
  option('--description', 'Description of the subnet.'),
  option('--gateway', 'Address of the gateway.', { metavar: 'GATEWAY_IP', exclusive: 'gateway' }),
  flag('--no-gateway', 'The subnet has no gateway.', { exclusive: 'gateway' }),
  option('--allocation-pool', 'A range of addresses that ports get theirs from (can be repeated).', {
    ...POOL,
    metavar: 'start=IP_ADDR,end=IP_ADDR',
  }),
  option('--allocation_pool', undefined, POOL),
  option('--host-route', 'A route that DHCP tells the hosts (can be repeated).', {
    name: 'host_routes',
    metavar: 'destination=CIDR,nexthop=IP_ADDR',
    action: 'append',
    type: dictOf({ required: ['destination', 'nexthop'] }),
  }),
  option('--dns-nameserver', 'A DNS server that DHCP tells the hosts (can be repeated).', {
    name: 'dns_nameservers',
    metavar: 'DNS_NAMESERVER',
    action: 'append',
  }),
  flag('--disable-dhcp', 'No DHCP in this subnet.'),
  flag('--enable-dhcp', 'DHCP in this subnet.'),
  // Old scripts wrote a value, and were understood.
  { flags: ['--enable-dhcp=True'], name: 'enable_dhcp', action: 'true' },
  { flags: ['--enable-dhcp=False'], name: 'disable_dhcp', action: 'true' },
]

export default defineCli({
  resources: {
    subnet: {
      list: {
        columns: ['id', 'name', 'cidr', 'allocation_pools'],
        formatters: {
          allocation_pools: jsonLines('allocation_pools'),
          dns_nameservers: jsonLines('dns_nameservers'),
          host_routes: jsonLines('host_routes'),
        },
      },
      create: {
        arguments: [
          ...updatable,
          option('--ip-version', 'IP version, 4 by default; with a subnet pool, that of the pool.', {
            type: 'integer',
            default: 4,
            choices: [4, 6],
          }),
          option('--ip_version', undefined, { type: 'integer', choices: [4, 6] }),
          { name: 'network_id', metavar: 'NETWORK', help: 'ID or name of the network it belongs to.' },
          { name: 'cidr', metavar: 'CIDR', nargs: '?', help: 'CIDR of the subnet.' },
          option('--ipv6-ra-mode', 'Mode of IPv6 router advertisements.', { type: lower, choices: IPV6_MODES }),
          option('--ipv6-address-mode', 'How IPv6 addresses are given.', { type: lower, choices: IPV6_MODES }),
          option('--subnetpool', 'ID or name of the subnet pool that its CIDR is taken from.', {
            metavar: 'SUBNETPOOL',
          }),
          flag('--use-default-subnetpool', 'Take the CIDR from the default subnet pool of the IP version.'),
          option('--prefixlen', 'Prefix length of a CIDR from a subnet pool.', { metavar: 'PREFIX_LENGTH' }),
          option('--segment', 'ID or name of the segment it belongs to.', { metavar: 'SEGMENT' }),
        ],
        place: placeCidr,
        body: createBody,
      },
      update: { arguments: updatable, body: ({ args }) => updatableBody(args) },
    },
  },
})

/** Each item as JSON on a line of its own. */
function jsonLines(column: string): Formatter {
  return (item) => {
    const values = item[column]
    return Array.isArray(values) ? values.map((value: Json) => pythonJson(value, null)).join('\n') : ''
  }
}

/** `subnet-create NETWORK --name x CIDR`: argparse leaves a word behind options over that could have been the CIDR. */
function placeCidr(args: Record<string, Json | undefined>, unknown: string[]): void {
  if (args.cidr) return
  const at = unknown.findIndex((word) => word.includes('/') && parseCidr(word) !== null)
  if (at < 0) return
  args.cidr = unknown[at]
  unknown.splice(at, 1)
}

async function createBody(call: Call): Promise<JsonObject> {
  const { args } = call
  const network = await findId(call, 'network', String(args.network_id))
  const segment = args.segment ? { segment_id: await findId(call, 'segment', String(args.segment)) } : {}
  const pool = await poolOf(call)
  const version = pool.ip_version ?? args.ip_version ?? null
  if (args.cidr) warnOfOneAddress(call, String(args.cidr), version)
  return {
    network_id: network,
    ...(args.prefixlen ? { prefixlen: args.prefixlen } : {}),
    ...(args.use_default_subnetpool ? { use_default_subnetpool: true } : {}),
    ...segment,
    ...(args.subnetpool ? { subnetpool_id: pool.id ?? null } : {}),
    ip_version: version,
    ...(args.cidr ? { cidr: args.cidr } : {}),
    ...updatableBody(args),
    ...ipv6Modes(args, version),
    ...given(args, ['tenant_id']),
  }
}

/** The pool that is named; nothing for none, or for `None`. */
async function poolOf(call: Call): Promise<JsonObject> {
  const { subnetpool } = call.args
  return subnetpool && subnetpool !== 'None' ? find(call, 'subnetpool', String(subnetpool)) : {}
}

function warnOfOneAddress({ warn }: Call, cidr: string, version: Json): void {
  const length = version === 4 ? '/32' : '/128'
  if (!cidr.endsWith(length)) return
  warn(
    `An IPv${version} subnet with a ${length} CIDR will have only one usable IP address so the device attached to it ` +
      'will not have any IP connectivity.',
  )
}

function updatableBody(args: Call['args']): JsonObject {
  if (args.disable_dhcp && args.enable_dhcp) {
    throw new CliError('You cannot enable and disable DHCP at the same time.')
  }
  return {
    ...given(args, ['name', 'allocation_pools', 'host_routes', 'dns_nameservers', 'description']),
    ...(args.no_gateway ? { gateway_ip: null } : args.gateway ? { gateway_ip: args.gateway } : {}),
    ...(args.disable_dhcp ? { enable_dhcp: false } : {}),
    ...(args.enable_dhcp ? { enable_dhcp: true } : {}),
  }
}

function ipv6Modes(args: Call['args'], version: Json): JsonObject {
  for (const name of ['ipv6_ra_mode', 'ipv6_address_mode']) {
    if (args[name] && version === 4) {
      throw new CliError(`--${name.replaceAll('_', '-')} is invalid when --ip-version is 4`)
    }
  }
  return given(args, ['ipv6_ra_mode', 'ipv6_address_mode'])
}
