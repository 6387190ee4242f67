/** Settings and tools of the kernel that routers and firewalls stand on. Read, or tried in a namespace of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { run } from '#linux/command.ts'
import { listNetns, rootNetns } from '#linux/netns.ts'
import { readSysctls } from '#linux/sysctl.ts'
import { tryInside } from './features.ts'
import { installed } from './programs.ts'

const TRACKED_SHARE_MAX = 0.9
const TRY_MS_MAX = 10_000
const NONLOCAL = 'net.ipv4.ip_nonlocal_bind'
const BRIDGE_KEYS = ['arp', 'ip', 'ip6'].map((family) => `net/bridge/bridge-nf-call-${family}tables`)
const REVERSE_KEYS = ['all', 'default'].map((name) => `net/ipv4/conf/${name}/rp_filter`)
const NEVER = 'nothing of this release uses it'

const l3 = (site: Site) => hasRole(site, 'l3')
const anyAgent = (site: Site) => hasRole(site, 'openvswitch', 'dhcp', 'l3')

export const kernel: readonly Check[] = [
  {
    area: 'host',
    subject: 'tracked connections',
    why: 'When the table is full, new connections are dropped.',
    applies: anyAgent,
    check: async () => tracked(),
  },
  {
    area: 'host',
    subject: 'conntrack zones',
    why: 'Networks with equal addresses are told apart by them.',
    applies: l3,
    check: async (_, signal) =>
      await tryInside(
        ['iptables', '-t', 'raw', '-A', 'PREROUTING', '-j', 'CT', '--zone', '1'],
        'a rule with one was accepted in a namespace of its own',
        'sudo modprobe xt_CT nf_conntrack',
        signal,
      ),
  },
  {
    area: 'host',
    subject: 'IP forwarding',
    why: 'Routers forward between their networks.',
    applies: l3,
    check: async (_, signal) =>
      await tryInside(
        ['sysctl', '-w', 'net.ipv4.ip_forward=1'],
        'it can be set in a namespace',
        'sudo apt-get install procps',
        signal,
      ),
  },
  {
    area: 'host',
    subject: 'reverse path',
    why: 'A strict filter drops what comes in by another way than answers would leave; new namespaces inherit it.',
    applies: l3,
    check: async () => reversePath(readSysctls(rootNetns, REVERSE_KEYS)),
  },
  {
    area: 'host',
    subject: 'IPv6',
    why: 'Without it IPv6 subnets have neither router nor DHCP on this host.',
    applies: anyAgent,
    check: async () => ipv6(),
  },
  {
    area: 'host',
    subject: 'ip_nonlocal_bind',
    why: 'Highly available routers set it in their namespace, and it must not leak to the host.',
    sanity: 'ip_nonlocal_bind',
    applies: () => 'there are no highly available routers in this release',
    check: nonlocalBind,
  },
  {
    area: 'host',
    subject: 'namespaces readable',
    why: 'Agents look for namespaces by reading their folder.',
    sanity: 'read_netns',
    applies: anyAgent,
    check: async () => good(`/run/netns lists ${listNetns().length}`),
  },
  {
    area: 'host',
    subject: 'bridge filtering',
    why: 'With it iptables sees what Linux bridges switch; the openvswitch firewall does not need it.',
    sanity: 'bridge_firewalling',
    applies: () => 'only the iptables firewall uses it, which is not in this release',
    check: async () => bridgeFiltering(),
  },
  {
    area: 'host',
    subject: 'GRE tracking',
    why: 'GRE between instances passes security groups by it.',
    sanity: 'gre_conntrack',
    applies: () => 'asked by neutron-sanity-check alone',
    check: async (_, signal) => greTracking(signal),
  },
  tool('ip6tables', ['ip6tables', '--version'], 'iptables', 'ip6tables_installed', 'Routers filter IPv6 with it.', l3),
  tool('ipset', ['ipset', '--version'], 'ipset', 'ipset_installed', 'The iptables firewall names groups by it.'),
  tool(
    'ebtables',
    ['ebtables', '--version'],
    'ebtables',
    'ebtables_installed',
    'The Linux bridge agent filters by it.',
  ),
]

function tool(
  subject: string,
  argv: readonly string[],
  name: string,
  sanity: string,
  why: string,
  applies: Check['applies'] = () => NEVER,
): Check {
  return { area: 'host', subject, why, sanity, applies, check: () => installed(argv, name) }
}

function tracked(): Verdict {
  const [count, max] = ['nf_conntrack_count', 'nf_conntrack_max'].map((name) => {
    const file = `/proc/sys/net/netfilter/${name}`
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : null
  })
  if (count === undefined || max === undefined || count === null || max === null) {
    return good('the kernel tracks none on this host yet')
  }
  return room(count, max)
}

/** Pure. */
export function room(count: number, max: number): Verdict {
  const evidence = `${count} of ${max}`
  if (max > 0 && count > max * TRACKED_SHARE_MAX)
    return lacking(evidence, `sudo sysctl net.netfilter.nf_conntrack_max=${max * 2}`)
  return good(evidence)
}

/** Pure. Source: Documentation/networking/ip-sysctl: 1 is strict, 2 loose. */
export function reversePath(values: { readonly [key: string]: string }): Verdict {
  const strict = REVERSE_KEYS.filter((key) => values[key] === '1').map((key) => key.replaceAll('/', '.'))
  if (strict.length === 0) return good('no strict filter')
  return note(`${strict.join(', ')} = 1`, `sudo sysctl -w ${strict.map((key) => `${key}=2`).join(' ')}`)
}

function ipv6(): Verdict {
  if (!existsSync('/proc/net/if_inet6')) return note('the kernel has none', 'boot without ipv6.disable=1')
  const keys = ['all', 'default'].map((name) => `net/ipv6/conf/${name}/disable_ipv6`)
  const off = Object.entries(readSysctls(rootNetns, keys)).filter(([, value]) => value === '1')
  if (off.length === 0) return good('the kernel has it')
  return note(
    `${off.map(([key]) => key).join(', ')} = 1`,
    `sudo sysctl -w ${off.map(([key]) => `${key.replaceAll('/', '.')}=0`).join(' ')}`,
  )
}

/** A kernel that does not keep it apart changes the host's: that is put back at once. */
async function nonlocalBind(_: Site, signal: AbortSignal): Promise<Verdict> {
  const read = () => readFileSync('/proc/sys/net/ipv4/ip_nonlocal_bind', 'utf8').trim()
  const before = read()
  const other = before === '1' ? '0' : '1'
  await run(['unshare', '--net', '--', 'sysctl', '-w', `${NONLOCAL}=${other}`], { timeoutMs: TRY_MS_MAX, signal })
  if (read() === before) return good('each namespace has its own')
  await run(['sysctl', '-w', `${NONLOCAL}=${before}`], { timeoutMs: TRY_MS_MAX })
  return lacking('all namespaces share one', 'use a kernel newer than 3.19')
}

function bridgeFiltering(): Verdict {
  const values = readSysctls(rootNetns, BRIDGE_KEYS)
  const off = BRIDGE_KEYS.filter((key) => values[key] !== '1')
  if (off.length === 0) return good('on for ARP, IPv4 and IPv6')
  return lacking(
    `${off.join(', ')}: ${existsSync('/proc/sys/net/bridge') ? 'off' : 'not there'}`,
    'sudo modprobe br_netfilter',
  )
}

async function greTracking(signal: AbortSignal): Promise<Verdict> {
  try {
    await run(['modinfo', 'nf_conntrack_proto_gre'], { timeoutMs: TRY_MS_MAX, signal })
    return good('the kernel has the module nf_conntrack_proto_gre')
  } catch (error) {
    return lacking(textOf(error), 'sudo modprobe nf_conntrack_proto_gre')
  }
}
