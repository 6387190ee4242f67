/**
 * What the switch and the kernel can do, each tried: ports and flows in a switch of the doctor's own, links and
 * settings in a namespace of its own. Upstream's sanity check asks the same of the host's own switch.
 */
import { readFileSync } from 'node:fs'
import { agent as agentOptions, ovs, securitygroup } from '#agents/l2/options.ts'
import { INT, TUN } from '#agents/l2/tables.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note, unknown } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { BRIDGE } from '#doctor/trial.ts'
import { CommandError, run } from '#linux/command.ts'
import { isRoot } from './programs.ts'

const TRY_MS_MAX = 10_000
const UPGRADE = 'sudo apt-get install --only-upgrade openvswitch-switch'
const PATCHES = ['trial-a', 'trial-b'] as const

const l2 = (site: Site) => hasRole(site, 'openvswitch')
const tunnels = (type: string) => (site: Site) =>
  l2(site) ?? (site.config.of(agentOptions).tunnel_types.includes(type) ? null : `${type} is not in tunnel_types`)
const groups = (site: Site) => {
  const { enable_security_group, firewall_driver } = site.config.of(securitygroup)
  return l2(site) ?? (enable_security_group && !firewall_driver?.includes('oop') ? null : 'no port is filtered')
}

export const features: readonly Check[] = [
  {
    area: 'switch',
    subject: 'datapath',
    why: 'Bridges of a datapath that is not there have no ports and switch nothing.',
    applies: l2,
    check: datapath,
  },
  {
    area: 'switch',
    subject: 'patch ports',
    why: 'The bridges of this host are joined by them.',
    sanity: 'ovs_patch',
    applies: l2,
    check: (site) =>
      port(
        site,
        PATCHES[0],
        ['type=patch', `options:peer=${PATCHES[1]}`],
        [
          ['--', 'add-port', BRIDGE, PATCHES[1], '--', 'set', 'Interface', PATCHES[1], 'type=patch'],
          [`options:peer=${PATCHES[0]}`],
        ],
      ),
  },
  ...(['vxlan', 'geneve', 'gre'] as const).map(
    (type, at): Check => ({
      area: 'switch',
      subject: `${type} tunnels`,
      why: `Networks of type ${type} reach other hosts through them.`,
      ...(type !== 'gre' && { sanity: `ovs_${type}` }),
      applies: tunnels(type),
      check: (site) =>
        port(site, `trial-${type}`, [
          `type=${type}`,
          `options:remote_ip=192.0.2.${at * 2 + 1}`,
          `options:local_ip=192.0.2.${at * 2 + 2}`,
          'options:in_key=flow',
          'options:out_key=flow',
        ]),
    }),
  ),
  {
    area: 'switch',
    subject: 'ARP answers',
    why: 'With arp_responder the switch answers ARP for what is behind tunnels.',
    sanity: 'arp_responder',
    applies: () => 'arp_responder is not in this release',
    check: (site) =>
      flow(site, `table=${TUN.ARP_RESPONDER},priority=1,arp,dl_vlan=42,nw_dst=240.0.0.1,actions=${ANSWER}`),
  },
  {
    area: 'switch',
    subject: 'ARP headers',
    why: 'An instance that speaks for an address of another is told apart by them.',
    sanity: 'arp_header_match',
    applies: l2,
    check: (site) => flow(site, `table=${INT.ARP_SPOOF},priority=1,arp,arp_op=2,arp_spa=192.0.2.1,actions=NORMAL`),
  },
  {
    area: 'switch',
    subject: 'ICMPv6 headers',
    why: 'An instance that speaks for an IPv6 address of another is told apart by them.',
    sanity: 'icmpv6_header_match',
    applies: l2,
    check: (site) =>
      flow(site, `table=${INT.ARP_SPOOF},priority=1,icmp6,icmp_type=136,nd_target=2001:db8::10,actions=NORMAL`),
  },
  {
    area: 'switch',
    subject: 'connection tracking',
    why: 'Security groups let answers pass by it, in a zone per network.',
    sanity: 'ovs_conntrack',
    applies: groups,
    check: (site) =>
      flow(site, `table=${INT.BASE_EGRESS},priority=1,ct_state=-trk,ip,actions=ct(table=72,zone=NXM_NX_REG6[0..15])`),
  },
  {
    area: 'switch',
    subject: 'learned flows',
    why: 'Where a MAC address is behind tunnels is learned by the switch itself.',
    applies: (site) =>
      l2(site) ?? (site.config.of(agentOptions).tunnel_types.length > 0 ? null : 'there are no tunnels'),
    check: (site) => flow(site, `table=${TUN.LEARN_FROM_TUN},priority=1,actions=${LEARN}`),
  },
  {
    area: 'switch',
    subject: 'iproute2 vxlan',
    why: 'The Linux bridge agent makes VXLAN devices with it; Open vSwitch makes its own.',
    sanity: 'iproute2_vxlan',
    applies: () => 'there is no Linux bridge agent in this release',
    check: async (_, signal) => {
      const argv = ['ip', 'link', 'add', 'trial', 'type', 'vxlan', 'id', '3000', 'dstport', '4789', 'dev', 'lo']
      return await tryInside(argv, 'a device was made in a namespace of its own', 'sudo modprobe vxlan', signal)
    },
  },
  {
    area: 'switch',
    subject: 'QoS of ports',
    why: 'Bandwidth limits of a port are held by it.',
    sanity: 'ovs_qos_direct_port_supported',
    applies: () => 'QoS is not in this release',
    check: (site) =>
      port(site, 'trial-qos', ['type=internal', 'ingress_policing_rate=1000', 'ingress_policing_burst=100']),
  },
  {
    area: 'switch',
    subject: 'tunnel port',
    why: 'A program that has the UDP port of VXLAN keeps the tunnels from being made.',
    applies: tunnels('vxlan'),
    check: async (site) => udpPort(site),
  },
]

const ANSWER = [
  'move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]',
  'mod_dl_src:02:00:00:00:00:01',
  'load:0x2->NXM_OF_ARP_OP[]',
  'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
  'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
  'load:0x020000000001->NXM_NX_ARP_SHA[]',
  'load:0xf0000001->NXM_OF_ARP_SPA[]',
  'in_port',
].join(',')
const LEARN = `learn(table=${TUN.UCAST},hard_timeout=300,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])`

async function datapath(site: Site): Promise<Verdict> {
  if (!isRoot()) return unknown('it can be tried by root alone')
  try {
    return good(`a bridge with datapath ${(await site.trial()).datapathType} was made on a switch of our own`)
  } catch (error) {
    return lacking(textOf(error), 'sudo modprobe openvswitch   (or [ovs] datapath_type = netdev)')
  }
}

/** Makes a port of the trial switch: the switch gives it a number, or says why not. */
async function port(
  site: Site,
  name: string,
  columns: readonly string[],
  others: readonly (readonly string[])[] = [],
): Promise<Verdict> {
  const trial = await site.trial()
  const words = ['add-port', BRIDGE, name, '--', 'set', 'Interface', name, ...columns, ...others.flat()]
  try {
    await trial.vsctl(words)
    const number = Number(await trial.vsctl(['get', 'Interface', name, 'ofport']))
    if (number > 0) return good(`one was made on a switch of our own, datapath ${trial.datapathType}`)
    return lacking(
      `the switch could not make one: ${(await trial.vsctl(['get', 'Interface', name, 'error'])).trim()}`,
      UPGRADE,
    )
  } catch (error) {
    return lacking(textOf(error), UPGRADE)
  }
}

async function flow(site: Site, text: string): Promise<Verdict> {
  const trial = await site.trial()
  try {
    await trial.addFlow(text)
    return good(`a flow was taken by a switch of our own, datapath ${trial.datapathType}`)
  } catch (error) {
    return lacking(error instanceof CommandError ? error.stderr.trim() : textOf(error), UPGRADE)
  }
}

export async function tryInside(
  argv: readonly string[],
  evidence: string,
  mend: string,
  signal: AbortSignal,
): Promise<Verdict> {
  if (!isRoot()) return unknown('it can be tried by root alone')
  try {
    await run(['unshare', '--net', '--', ...argv], { timeoutMs: TRY_MS_MAX, signal })
    return good(evidence)
  } catch (error) {
    return lacking(error instanceof CommandError ? error.stderr.trim() : textOf(error), mend)
  }
}

/** Open vSwitch's userspace datapath opens no socket; the kernel's shows as one that belongs to nobody (inode 0). */
function udpPort(site: Site): Verdict {
  const { vxlan_udp_port } = site.config.of(agentOptions)
  const { datapath_type } = site.config.of(ovs)
  const taken = socketsOf(readFileSync('/proc/net/udp', 'utf8')).some(
    ({ port, inode }) => port === vxlan_udp_port && inode !== 0,
  )
  if (!taken) return good(`UDP port ${vxlan_udp_port} is free for it`)
  const mend = `ss -lunp sport = :${vxlan_udp_port}`
  return datapath_type === 'netdev'
    ? note(`a program has UDP port ${vxlan_udp_port}`, mend)
    : lacking(`a program has UDP port ${vxlan_udp_port}`, mend)
}

/** Lines of `/proc/net/udp` or `/proc/net/tcp`. Pure. Source: proc(5). */
export function socketsOf(
  text: string,
): { readonly port: number; readonly inode: number; readonly listens: boolean }[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const words = line.trim().split(/\s+/)
      const port = Number.parseInt(words[1]?.split(':')[1] ?? '', 16)
      return Number.isNaN(port) ? [] : [{ port, inode: Number(words[9]), listens: words[3] === '0A' }]
    })
}
