/**
 * What this machine has and lacks for `./neutrino up`, each finding with its evidence and the command that mends it.
 * A feature is asked for by trying it, never by a version. Changes nothing.
 */
import { existsSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { CommandError, run } from '#linux/command.ts'
import type { Terminal } from './terminal.ts'

export interface Finding {
  readonly subject: string
  readonly state: 'good' | 'lacking' | 'note'
  readonly evidence: string
  /** The command that mends it, when something is lacking. */
  readonly mend?: string
}

type Check = () => Promise<Finding>

const TIMEOUT = { timeoutMs: 10_000 }
const DISK_MIB_MIN = 200

/** Programs by the Debian package that brings them, and an argument with which each only says that it is there. */
const PROGRAMS: readonly { readonly subject: string; readonly argv: readonly string[]; readonly package: string }[] = [
  { subject: 'Open vSwitch', argv: ['ovs-vswitchd', '--version'], package: 'openvswitch-switch' },
  { subject: 'dnsmasq', argv: ['dnsmasq', '--version'], package: 'dnsmasq-base' },
  { subject: 'radvd', argv: ['radvd', '--version'], package: 'radvd' },
  { subject: 'iproute2', argv: ['ip', '-Version'], package: 'iproute2' },
  { subject: 'iptables', argv: ['iptables', '--version'], package: 'iptables' },
  { subject: 'conntrack', argv: ['conntrack', '--version'], package: 'conntrack' },
  { subject: 'arping', argv: ['arping', '-V'], package: 'iputils-arping' },
  { subject: 'ping', argv: ['ping', '-V'], package: 'iputils-ping' },
  { subject: 'ethtool', argv: ['ethtool', '--version'], package: 'ethtool' },
  { subject: 'DHCP client', argv: ['busybox', 'udhcpc', '--help'], package: 'udhcpc' },
]

export async function findings(ports: readonly number[]): Promise<readonly Finding[]> {
  const checks: readonly Check[] = [
    node,
    root,
    ...PROGRAMS.map((program) => () => installed(program)),
    namespaces,
    connectionTracking,
    datapath,
    ...ports.map((port) => () => portIsFree(port)),
    disk,
  ]
  return Promise.all(checks.map((check) => check()))
}

/** Prints the findings; answers whether nothing is lacking. */
export async function doctor(terminal: Terminal, ports: readonly number[]): Promise<boolean> {
  const found = await findings(ports)
  const marks = {
    good: terminal.paint('green', '✔'),
    lacking: terminal.paint('red', '✖'),
    note: terminal.paint('yellow', '·'),
  }
  terminal.heading('What this machine has and lacks')
  for (const { subject, state, evidence, mend } of found) {
    terminal.line(`  ${marks[state]} ${subject.padEnd(22)} ${terminal.paint('dim', evidence)}`)
    if (mend) terminal.line(`    ${terminal.paint('yellow', mend)}`)
  }
  const lacking = found.filter(({ state }) => state === 'lacking').length
  terminal.line(lacking === 0 ? '\n  Nothing is lacking.' : `\n  ${lacking} lacking; the commands above mend it.`)
  return lacking === 0
}

async function node(): Promise<Finding> {
  return { subject: 'Node', state: 'good', evidence: `${process.version} at ${process.execPath}` }
}

async function root(): Promise<Finding> {
  const subject = 'privileges'
  if (process.getuid?.() === 0) return { subject, state: 'good', evidence: 'root' }
  return {
    subject,
    state: 'lacking',
    evidence: `user ${process.getuid?.()}: namespaces and switches need root`,
    mend: 'sudo ./neutrino doctor   (or ./neutrino up --api-only, which needs no privilege)',
  }
}

async function installed({ subject, argv, package: name }: (typeof PROGRAMS)[number]): Promise<Finding> {
  const mend = `sudo apt-get install ${name}`
  try {
    const text = await run(argv, TIMEOUT)
    return { subject, state: 'good', evidence: text.split('\n')[0]!.trim() || 'installed' }
  } catch (error) {
    // A program that is there and dislikes the argument is there.
    if (error instanceof CommandError && error.status !== null && error.status !== 127) {
      return { subject, state: 'good', evidence: error.stderr.split('\n')[0]!.trim() || 'installed' }
    }
    return { subject, state: 'lacking', evidence: 'not found', mend }
  }
}

async function tried(subject: string, argv: readonly string[], good: string, mend: string): Promise<Finding> {
  try {
    await run(argv, TIMEOUT)
    return { subject, state: 'good', evidence: good }
  } catch (error) {
    return { subject, state: 'lacking', evidence: error instanceof Error ? error.message : String(error), mend }
  }
}

function namespaces(): Promise<Finding> {
  const mend = 'use a kernel (or container) that allows network namespaces: CONFIG_NET_NS, CAP_SYS_ADMIN'
  return tried('network namespaces', ['unshare', '--net', 'true'], 'one was made and left', mend)
}

async function connectionTracking(): Promise<Finding> {
  const argv = ['unshare', '--net', 'iptables', '-t', 'nat', '-A', 'POSTROUTING', '-j', 'MASQUERADE']
  const finding = await tried('NAT', argv, 'a rule was accepted in a namespace of its own', 'sudo modprobe nf_nat')
  if (!finding.evidence.includes('failed to execute')) return finding
  return { ...finding, evidence: 'not tried: iptables is not there', mend: 'sudo apt-get install iptables' }
}

async function datapath(): Promise<Finding> {
  const subject = 'switch datapath'
  if (existsSync('/sys/module/openvswitch'))
    return { subject, state: 'good', evidence: 'system: the kernel module is loaded' }
  if (existsSync('/dev/net/tun')) {
    const evidence = 'netdev: no kernel module, packets are switched by ovs-vswitchd (slower)'
    return { subject, state: 'note', evidence, mend: 'sudo modprobe openvswitch   (if the kernel has it)' }
  }
  return {
    subject,
    state: 'lacking',
    evidence: 'neither the module openvswitch nor /dev/net/tun',
    mend: 'sudo modprobe tun',
  }
}

function portIsFree(port: number): Promise<Finding> {
  const subject = `port ${port}`
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      const mend = `choose another with --port or --identity-port, or see who has it: ss -ltnp sport = :${port}`
      resolve({ subject, state: 'note', evidence: 'somebody listens there', mend })
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve({ subject, state: 'good', evidence: 'free' })))
  })
}

async function disk(): Promise<Finding> {
  const { bavail, bsize } = statfsSync('/var/lib')
  const free = Math.floor((bavail * bsize) / 1024 ** 2)
  if (free >= DISK_MIB_MIN) return { subject: 'disk', state: 'good', evidence: `${free} MiB free at /var/lib` }
  return {
    subject: 'disk',
    state: 'lacking',
    evidence: `${free} MiB free at /var/lib`,
    mend: 'make room, or use --state elsewhere',
  }
}
