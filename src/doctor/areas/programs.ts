/**
 * The programs and kernel features that any host needs, asked by trying them: a program by starting it, a namespace by
 * making one and leaving it, address translation by a rule in a namespace of its own.
 */
import { existsSync } from 'node:fs'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note, unknown } from '#doctor/finding.ts'
import { CommandError, run } from '#linux/command.ts'

const TIMEOUT_MS = 10_000

interface Program {
  readonly subject: string
  /** An argument with which it only says that it is there. */
  readonly argv: readonly string[]
  /** The Debian package that brings it. */
  readonly package: string
  readonly why: string
  readonly sanity?: string
}

const PROGRAMS: readonly Program[] = [
  {
    subject: 'Open vSwitch',
    argv: ['ovs-vswitchd', '--version'],
    package: 'openvswitch-switch',
    why: 'It is the switch that every port of this host is plugged into.',
  },
  {
    subject: 'dnsmasq',
    argv: ['dnsmasq', '--version'],
    package: 'dnsmasq-base',
    why: 'Without it the DHCP agent serves no addresses.',
  },
  {
    subject: 'radvd',
    argv: ['radvd', '--version'],
    package: 'radvd',
    why: 'Without it routers announce no IPv6 prefixes.',
  },
  { subject: 'iproute2', argv: ['ip', '-Version'], package: 'iproute2', why: 'Agents set routes and rules with it.' },
  {
    subject: 'iptables',
    argv: ['iptables', '--version'],
    package: 'iptables',
    why: 'Routers translate addresses with it.',
  },
  {
    subject: 'conntrack',
    argv: ['conntrack', '--version'],
    package: 'conntrack',
    why: 'Without it connections through a floating IP that was taken away live on.',
    sanity: 'conntrack_installed',
  },
  {
    subject: 'arping',
    argv: ['arping', '-V'],
    package: 'iputils-arping',
    why: 'Without it neighbours do not hear that an address has moved.',
  },
  { subject: 'ping', argv: ['ping', '-V'], package: 'iputils-ping', why: 'The demo checks with it who reaches whom.' },
  { subject: 'ethtool', argv: ['ethtool', '--version'], package: 'ethtool', why: 'Offloads are seen and set with it.' },
  {
    subject: 'DHCP client',
    argv: ['busybox', 'udhcpc', '--help'],
    package: 'udhcpc',
    why: 'Instances of the demo ask for their addresses with it.',
  },
]

export const programs: readonly Check[] = [
  {
    area: 'host',
    subject: 'Node',
    why: 'Everything runs on it.',
    check: async () => good(`${process.version} at ${process.execPath}`),
  },
  { area: 'host', subject: 'privileges', why: 'Namespaces and switches need root.', check: async () => privileges() },
  ...PROGRAMS.map(
    ({ subject, argv, package: name, why, sanity }): Check => ({
      area: 'host',
      subject,
      why,
      ...(sanity !== undefined && { sanity }),
      check: () => installed(argv, name),
    }),
  ),
  {
    area: 'host',
    subject: 'network namespaces',
    why: 'Every router and every DHCP server has one of its own.',
    check: () =>
      tried(['unshare', '--net', 'true'], {
        evidence: 'one was made and left',
        mend: 'use a kernel (or container) that allows network namespaces: CONFIG_NET_NS, CAP_SYS_ADMIN',
      }),
  },
  { area: 'host', subject: 'NAT', why: 'Routers translate addresses with it.', check: translation },
  { area: 'host', subject: 'switch datapath', why: 'Packets are switched by it.', check: async () => datapath() },
]

export const isRoot = () => process.getuid?.() === 0

function privileges(): Verdict {
  if (isRoot()) return good('root')
  const evidence = `user ${process.getuid?.()}: namespaces and switches need root`
  return lacking(evidence, 'run it with sudo   (./neutrino up --api-only needs no privilege)')
}

/** Whether it can be started. A program that is there and dislikes the argument is there. */
export async function installed(argv: readonly string[], debianPackage: string): Promise<Verdict> {
  try {
    const text = await run(argv, { timeoutMs: TIMEOUT_MS })
    return good(text.split('\n')[0]!.trim() || 'installed')
  } catch (error) {
    if (error instanceof CommandError && error.status !== null && error.status !== 127) {
      return good(error.stderr.split('\n')[0]!.trim() || 'installed')
    }
    return lacking('not found', `sudo apt-get install ${debianPackage}`)
  }
}

export interface Tried {
  readonly evidence: string
  readonly mend: string
}

/** In a namespace of its own, so by root alone. */
export async function tried(
  argv: readonly string[],
  { evidence, mend }: Tried,
  signal?: AbortSignal,
): Promise<Verdict> {
  if (!isRoot()) return unknown('it can be tried by root alone')
  try {
    await run(argv, { timeoutMs: TIMEOUT_MS, ...(signal && { signal }) })
    return good(evidence)
  } catch (error) {
    return lacking(error instanceof Error ? error.message : String(error), mend)
  }
}

async function translation(): Promise<Verdict> {
  const argv = ['unshare', '--net', 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE']
  const evidence = 'a rule was accepted in a namespace of its own'
  const verdict = await tried(argv, { evidence, mend: 'sudo modprobe nf_nat' })
  if (!verdict.evidence.includes('failed to execute')) return verdict
  return lacking('not tried: iptables is not there', 'sudo apt-get install iptables')
}

function datapath(): Verdict {
  if (existsSync('/sys/module/openvswitch')) return good('system: the kernel module is loaded')
  if (existsSync('/dev/net/tun')) {
    const evidence = 'netdev: no kernel module, packets are switched by ovs-vswitchd (slower)'
    return note(evidence, 'sudo modprobe openvswitch   (if the kernel has it)')
  }
  return lacking('neither the module openvswitch nor /dev/net/tun', 'sudo modprobe tun')
}
