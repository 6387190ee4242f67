/**
 * `neutron-sanity-check`: upstream's flags and exit codes over the checks of the doctor. A flag asks for its check whether
 * this host is configured for it or not; with a configuration, those that follow from it are asked too.
 * Source: upstream's command as observed: its options, its defaults, which option asks for which check.
 */
import { agent as agentOptions, securitygroup } from '#agents/l2/options.ts'
import { parseArguments } from '#config/arguments.ts'
import { ConfigError, loadConfig } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import type { Config } from '#config/options.ts'
import { catalogue } from '#doctor/catalogue.ts'
import { examine } from '#doctor/examine.ts'
import type { Check, Finding } from '#doctor/finding.ts'
import { openSite, ROLES } from '#doctor/site.ts'
import { ml2Options } from '#ml2/options.ts'

const PROGRAM = 'neutron-sanity-check'
const EXAMINATION_MS_MAX = 120_000

interface Flag {
  readonly name: string
  readonly help: string
  /** Asked for without being named: always, or when a configuration says so. */
  readonly follows?: true | ((config: Config) => boolean)
}

const always = () => true
const tunnels = (type: string) => (config: Config) => config.of(agentOptions).tunnel_types.includes(type)

const FLAGS: readonly Flag[] = [
  { name: 'ovs_vxlan', help: 'Check for OVS vxlan support', follows: tunnels('vxlan') },
  { name: 'ovs_geneve', help: 'Check for OVS Geneve support', follows: tunnels('geneve') },
  {
    name: 'iproute2_vxlan',
    help: 'Check for iproute2 vxlan support',
    follows: (config) => config.of(ml2Options).type_drivers.includes('vxlan'),
  },
  { name: 'ovs_patch', help: 'Check for patch port support', follows: true },
  { name: 'nova_notify', help: 'Check for nova notification support' },
  { name: 'arp_responder', help: 'Check for ARP responder support' },
  { name: 'arp_header_match', help: 'Check for ARP header match support', follows: always },
  { name: 'icmpv6_header_match', help: 'Check for ICMPv6 header match support', follows: always },
  { name: 'read_netns', help: 'Check netns permission settings' },
  {
    name: 'dnsmasq_local_service_supported',
    help: 'Check for local-service support in dnsmasq',
    follows: always,
  },
  { name: 'ovs_qos_direct_port_supported', help: 'Check if the ovs supports QoS for direct ports' },
  { name: 'dnsmasq_version', help: 'Check minimal dnsmasq version', follows: always },
  { name: 'ovsdb_native', help: 'Check ovsdb native interface support' },
  { name: 'ovs_conntrack', help: 'Check ovs conntrack support' },
  { name: 'gre_conntrack', help: 'Check if conntrack for gre tunnels traffic is supported' },
  { name: 'ebtables_installed', help: 'Check ebtables installation' },
  { name: 'keepalived_ipv6_support', help: 'Check keepalived IPv6 support' },
  { name: 'dibbler_version', help: 'Check minimal dibbler version' },
  { name: 'ipset_installed', help: 'Check ipset installation' },
  {
    name: 'ip6tables_installed',
    help: 'Check ip6tables installation',
    follows: (config) => config.of(securitygroup).enable_security_group,
  },
  { name: 'conntrack_installed', help: 'Check conntrack installation' },
  { name: 'dhcp_release6', help: 'Check dhcp_release6 installation' },
  { name: 'bridge_firewalling', help: 'Check bridge firewalling' },
  { name: 'ip_nonlocal_bind', help: 'Check ip_nonlocal_bind kernel option works with network namespaces.' },
  { name: 'check_min_tx_rate_support', help: 'Check if the configured SR-IOV NICs support min_tx_rate' },
  { name: 'ovn_nb_db_schema_port_group_support', help: 'Check OVN NB DB schema support Port_Group' },
  { name: 'ovn_nb_db_schema_stateless_nat_support', help: 'Check OVN NB DB schema support stateless NAT' },
  { name: 'ovn_sb_db_schema_virtual_port_support', help: 'Check OVN SB DB schema support virtual ports' },
]

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  const { sources, rest } = parseArguments(argv, process.env)
  if (rest.includes('-h') || rest.includes('--help')) return help()
  const named = new Map(rest.flatMap(flagOf))
  const unrecognised = rest.filter((word) => flagOf(word).length === 0)
  if (unrecognised.length > 0) {
    process.stderr.write(`${PROGRAM}: error: unrecognized arguments: ${unrecognised.join(' ')}\n`)
    return 2
  }
  try {
    const groups = await discoverGroups()
    const config = loadConfig({ groups, argv, sources })
    const follows = (flag: Flag) =>
      flag.follows === true || (config.files.length > 0 && flag.follows?.(config) === true)
    const wanted = FLAGS.filter((flag) => named.get(flag.name) ?? follows(flag)).map(({ name }) => name)
    const site = openSite({
      config,
      roles: new Set(ROLES),
      groups,
      warnings: [],
      readSchema: () => Promise.reject(new Error('no schema is asked for')),
      restart: (role) => `systemctl restart neutron-${role}-agent`,
    })
    try {
      const { findings } = await examine(checksOf(wanted), site, AbortSignal.timeout(EXAMINATION_MS_MAX))
      return report(wanted, findings)
    } finally {
      await site.close()
    }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${PROGRAM}: ${error.message}\n`)
    return 1
  }
}

/** `--ovs_vxlan` is on, `--noovs_vxlan` off. Pure. */
function flagOf(word: string): [string, boolean][] {
  const name = word.replace(/^--/, '')
  if (!word.startsWith('--')) return []
  if (FLAGS.some((flag) => flag.name === name)) return [[name, true]]
  return FLAGS.some((flag) => `no${flag.name}` === name) ? [[name.slice(2), false]] : []
}

/** The check of each flag, asked whatever the host is for. */
function checksOf(names: readonly string[]): Check[] {
  return names.flatMap((name) => {
    const found = catalogue.find(({ sanity }) => sanity === name)
    return found ? [{ ...found, subject: name, applies: () => null }] : []
  })
}

function report(wanted: readonly string[], findings: readonly Finding[]): number {
  const failed = wanted.flatMap((name) => {
    const finding = findings.find(({ subject }) => subject === name)
    if (!finding) return [`${name}: nothing of this release uses it, so nothing asks for it`]
    if (finding.state === 'good' || finding.state === 'note') return []
    return [`${name}: ${finding.evidence}. ${finding.why}${finding.mend === null ? '' : `\n  ${finding.mend}`}`]
  })
  for (const line of failed) process.stderr.write(`${PROGRAM}: ${line}\n`)
  return failed.length > 0 ? 1 : 0
}

function help(): number {
  const lines = FLAGS.map(({ name, help: text }) => `  --${name}\n                        ${text}`)
  process.stdout.write(
    `usage: ${PROGRAM} [-h] [--config-file PATH] [--config-dir DIR] [--CHECK | --noCHECK ...]\n\n` +
      'Exits with 1 when a check that is asked for fails. `neutron doctor` asks for more, and says what mends it.\n\n' +
      `checks:\n${lines.join('\n')}\n`,
  )
  return 0
}
