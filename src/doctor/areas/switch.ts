/** The switch of this host: whether it can be reached and works, and has the bridges the configuration says. */
import { agent as agentOptions, ovs, securitygroup } from '#agents/l2/options.ts'
import { readSettings } from '#agents/l2/settings.ts'
import { DEAD_VLAN } from '#agents/runtime/interface.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { run } from '#linux/command.ts'
import { managementSocket, rundirOf } from '#linux/openflow/bridge.ts'
import type { Ovsdb } from '#linux/ovsdb/ovsdb.ts'
import type { BridgeRow, InterfaceRow } from '#linux/ovsdb/tables.ts'
import { outerAddresses, placeOfAddress } from './addresses.ts'
import { listed } from './configuration.ts'

const OFCTL_MS_MAX = 5_000
const PATCH_TYPES: readonly string[] = ['patch', 'internal', 'vxlan', 'gre', 'geneve', 'ip6gre']

const agentsOfSwitch = (site: Site) => hasRole(site, 'openvswitch', 'dhcp', 'l3')
const l2 = (site: Site) => hasRole(site, 'openvswitch')

export const switches: readonly Check[] = [
  {
    area: 'switch',
    subject: 'database',
    why: 'Agents plug and wire ports through it; without it they do nothing.',
    sanity: 'ovsdb_native',
    applies: agentsOfSwitch,
    check: database,
  },
  {
    area: 'switch',
    subject: 'ovs-vswitchd',
    why: 'It makes ports and switches packets; the database alone does neither.',
    applies: agentsOfSwitch,
    check: vswitchd,
  },
  {
    area: 'switch',
    subject: 'bridges',
    moving: true,
    why: 'Instances of this host reach their networks over them.',
    applies: l2,
    check: async (site) => bridges(await site.ovsdb(), site),
  },
  {
    area: 'switch',
    subject: 'uplinks',
    why: 'What a physical network carries enters and leaves this host by an interface on its bridge.',
    applies: (site) => l2(site) ?? (mappedBridges(site).length > 0 ? null : 'bridge_mappings is empty'),
    check: async (site) => uplinks(await site.ovsdb(), site),
  },
  {
    area: 'switch',
    subject: 'ports',
    moving: true,
    why: 'A port that the switch could not make carries nothing.',
    applies: agentsOfSwitch,
    check: async (site) => ports(await site.ovsdb()),
  },
  {
    area: 'switch',
    subject: 'local_ip',
    why: 'Other hosts send tunnel packets to it; an address that is not here gets none.',
    applies: (site) =>
      l2(site) ?? (site.config.of(agentOptions).tunnel_types.length > 0 ? null : 'tunnel_types is empty'),
    check: async (site) => localIp(site),
  },
  {
    area: 'switch',
    subject: 'options',
    why: 'The agent refuses options that contradict each other, and does not start.',
    applies: l2,
    check: async ({ config }) => {
      try {
        readSettings(config.of(ovs), config.of(agentOptions), config.of(securitygroup))
        return good('they agree with each other')
      } catch (error) {
        return lacking(textOf(error), undefined, 'whoever wrote openvswitch_agent.ini')
      }
    },
  },
]

const mappedBridges = ({ config }: Site) => Object.values(config.of(ovs).bridge_mappings)

async function database(site: Site): Promise<Verdict> {
  const { ovsdb_connection } = site.config.of(ovs)
  try {
    const { root, ...rows } = await site.ovsdb().then((ovsdb) => ({ root: ovsdb.root, bridges: ovsdb.rows('Bridge') }))
    const types = root.datapath_types.length > 0 ? `; datapaths ${root.datapath_types.join(', ')}` : ''
    return good(`${ovsdb_connection} answers: ${rows.bridges.length} bridges${types}`)
  } catch (error) {
    const tcp = /^tcp:(.*):(\d+)$/.exec(ovsdb_connection)
    const listen = tcp ? `   (and: ovs-vsctl set-manager ptcp:${tcp[2]}:${tcp[1]})` : ''
    return lacking(textOf(error), `systemctl start openvswitch-switch${listen}`, `whoever runs ${site.host}`)
  }
}

async function vswitchd(site: Site, signal: AbortSignal): Promise<Verdict> {
  const { ovsdb_connection, integration_bridge } = site.config.of(ovs)
  const ovsdb = await site.ovsdb()
  const bridge = ovsdb.byName('Bridge', integration_bridge) ?? ovsdb.rows('Bridge')[0]
  if (!bridge) return note('there is no bridge to ask it about')
  const socket = managementSocket(rundirOf(ovsdb_connection), bridge.name)
  try {
    await run(['ovs-ofctl', '-O', 'OpenFlow13', 'show', `unix:${socket}`], { timeoutMs: OFCTL_MS_MAX, signal })
  } catch {
    const evidence = `the database is there, but nobody answers for bridge ${bridge.name}`
    return lacking(evidence, 'systemctl restart openvswitch-switch', `whoever runs ${site.host}`)
  }
  const behind = ovsdb.root.next_cfg - ovsdb.root.cur_cfg
  if (behind > 0)
    return lacking(`it answers, but is ${behind} changes behind`, 'tail /var/log/openvswitch/ovs-vswitchd.log')
  return good(`it answers for ${bridge.name}, and has done all it was told`)
}

/** Pure but for what it reads from the mirror. */
export function bridges(ovsdb: Pick<Ovsdb, 'byName'>, site: Site): readonly Verdict[] {
  const { integration_bridge, tunnel_bridge, bridge_mappings, local_ip, datapath_type } = site.config.of(ovs)
  const tunnels = local_ip !== null && site.config.of(agentOptions).tunnel_types.length > 0
  const own = [integration_bridge, ...(tunnels ? [tunnel_bridge] : [])]
  const wrong = [
    ...own.flatMap((name) => ownBridge(name, ovsdb.byName('Bridge', name), datapath_type, site)),
    ...Object.entries(bridge_mappings).flatMap(([physnet, name]): Verdict[] => {
      if (ovsdb.byName('Bridge', name)) return []
      const evidence = `bridge_mappings says ${physnet} is on ${name}, and there is no such bridge`
      const mend = `ovs-vsctl add-br ${name}   (and the interface to the outside: ovs-vsctl add-port ${name} eth1)`
      return [{ ...lacking(evidence, mend, `whoever runs ${site.host}`), subject: name }]
    }),
  ]
  return wrong.length > 0 ? wrong : [good(listed([...own, ...Object.values(bridge_mappings)]))]
}

function ownBridge(name: string, row: BridgeRow | null, datapathType: string, site: Site): Verdict[] {
  const agent = 'neutron-openvswitch-agent'
  if (!row) {
    return [{ ...lacking('it is not there', site.restart('openvswitch'), `${agent}, which makes it`), subject: name }]
  }
  const verdicts: Verdict[] = []
  if (row.fail_mode !== 'secure') {
    const evidence = `fail_mode is ${row.fail_mode ?? 'standalone'}: after a restart of the switch it forwards unfiltered`
    verdicts.push({ ...lacking(evidence, `ovs-vsctl set-fail-mode ${name} secure`, agent), subject: name })
  }
  const type = row.datapath_type === '' ? 'system' : row.datapath_type
  if (type !== datapathType) {
    const evidence = `datapath_type is ${type}, [ovs] datapath_type says ${datapathType}`
    verdicts.push({ ...lacking(evidence, site.restart('openvswitch'), agent), subject: name })
  }
  return verdicts
}

function uplinks(ovsdb: Ovsdb, site: Site): readonly Verdict[] {
  return Object.entries(site.config.of(ovs).bridge_mappings).flatMap(([physnet, name]): Verdict[] => {
    const bridge = ovsdb.byName('Bridge', name)
    if (!bridge) return [] // said by the bridges
    const outside = interfacesOf(ovsdb, bridge).filter(({ type }) => !PATCH_TYPES.includes(type))
    const subject = name
    if (outside.length > 0) return [{ ...good(`${physnet}: ${listed(outside.map((nic) => nic.name))}`), subject }]
    const evidence = `${physnet}: no interface of this host is on ${name}: only this host itself is on that network`
    return [{ ...note(evidence, `ovs-vsctl add-port ${name} eth1   (the interface to the outside)`), subject }]
  })
}

export function interfacesOf(ovsdb: Pick<Ovsdb, 'row'>, bridge: BridgeRow): InterfaceRow[] {
  return bridge.ports.flatMap((id) =>
    (ovsdb.row('Port', id)?.interfaces ?? []).flatMap((nic) => ovsdb.row('Interface', nic) ?? []),
  )
}

/** Ports the switch could not make, and those that wait in the dead VLAN. */
function ports(ovsdb: Ovsdb): readonly Verdict[] {
  const all = ovsdb.rows('Interface')
  const broken = all.filter(({ error, ofport }) => error !== null || ofport === -1)
  const dead = ovsdb
    .rows('Port')
    .filter(({ tag }) => tag === DEAD_VLAN)
    .map(({ name }) => name)
  const verdicts = broken.map(({ name, error, external_ids, type }): Verdict => {
    const port = external_ids['iface-id']
    const what = port === undefined ? '' : ` (port ${port})`
    const gone = type === 'internal' || type === '' ? `its device is gone; whoever plugged it has to do it again` : ''
    const evidence = `${error ?? 'the switch could not make it'}${what}`
    const owes =
      name.startsWith('q') || type === 'internal' ? 'the agent that plugged it' : 'Nova, or whoever plugged it'
    return {
      ...lacking(evidence, `ovs-vsctl --if-exists del-port ${name}   (${gone || 'if nobody needs it'})`, owes),
      subject: name,
    }
  })
  if (dead.length > 0) {
    verdicts.push({
      ...note(`${listed(dead)}: plugged, in the dead VLAN until their network is known and reached from here`),
      subject: 'dead VLAN',
      mend: 'neutron explain port ID   (says of each what is missing)',
    })
  }
  return verdicts.length > 0 ? verdicts : [good(`${all.length} interfaces, all made`)]
}

function localIp(site: Site): Verdict {
  const { local_ip } = site.config.of(ovs)
  if (local_ip === null) {
    return lacking('tunnel_types is set and local_ip is not', '[ovs] local_ip = ADDRESS   (of this host)')
  }
  const here = placeOfAddress(local_ip)
  const owes = `whoever runs ${site.host}`
  if (!here) {
    const evidence = `${local_ip} is on no interface; there are ${listed(outerAddresses()) || 'none'}`
    return lacking(evidence, `ip address add ${local_ip}/24 dev eth0   (or mend [ovs] local_ip)`, owes)
  }
  const { name, up, carrier } = here.device
  if (!up) return lacking(`${local_ip} is on ${name}, which is down`, `ip link set ${name} up`, owes)
  if (!carrier) return lacking(`${local_ip} is on ${name}, which has no carrier`, `ip link show ${name}`, owes)
  return here.internal
    ? note(`${local_ip} is on ${name}: tunnels stay on this host`)
    : good(`${local_ip} is on ${name}`)
}
