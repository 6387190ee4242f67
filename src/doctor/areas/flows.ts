/**
 * Whether the bridges have the flows the Open vSwitch agent gave them. What is wanted is computed by the agent's own
 * pure functions from what Open vSwitch's database says of each port, and compared by cookies, which are made of a
 * flow's text. Flows of single security group rules follow from what only the agent was told, and are not compared.
 */
import type { PortFragment } from '#agents/l2/fragment.ts'
import { Host } from '#agents/l2/host.ts'
import { agent as agentOptions, ovs, securitygroup } from '#agents/l2/options.ts'
import { readSettings } from '#agents/l2/settings.ts'
import type { Plugged, PortSecurity, WiredPort } from '#agents/l2/state.ts'
import { renderer, type Settings, type View } from '#agents/l2/want.ts'
import { DEAD_VLAN } from '#agents/runtime/interface.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note, unknown } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { openflow, rundirOf } from '#linux/openflow/bridge.ts'
import { type Flow, flowSet, flowText, isOurs, LEARNED_COOKIE } from '#linux/openflow/flow.ts'
import type { Ovsdb } from '#linux/ovsdb/ovsdb.ts'
import type { DeviceDetails } from '#rpc/contract/l2.ts'
import { listed } from './configuration.ts'

const OFCTL_MS_MAX = 10_000
const AGENT = 'neutron-openvswitch-agent, which reads all flows again every five minutes and at its start'
const NAMED_MAX = 3

export const flows: readonly Check[] = [
  {
    area: 'flows',
    subject: 'wiring',
    moving: true,
    why: 'A packet that meets no flow is dropped: the network of some port is cut off.',
    applies: (site) => hasRole(site, 'openvswitch'),
    check: compared,
  },
]

interface Bridge {
  readonly name: string
  readonly wanted: ReadonlyMap<string, Flow>
  readonly found: ReadonlySet<string>
}

async function compared(site: Site, signal: AbortSignal): Promise<readonly Verdict[]> {
  const { config } = site
  const settings = readSettings(config.of(ovs), config.of(agentOptions), config.of(securitygroup))
  const ovsdb = await site.ovsdb()
  const rundir = rundirOf(config.of(ovs).ovsdb_connection)
  const reading = openflow({ rundir, timeoutMs: OFCTL_MS_MAX })
  const nothing = { forgetMarked: async () => {}, forgetZones: async () => {} }
  const host = new Host({ ovsdb, openflow: reading, connections: nothing, settings })
  const [facts, have] = [host.facts(), await host.have(signal)]

  // Of single ports only what does not depend on security groups is known here: they are compared by themselves.
  const firewall: PortFragment = { name: settings.firewall.name, base: settings.firewall.base, port: () => [] }
  const wired = facts.plugged.filter(({ tag }) => tag !== DEAD_VLAN && tag !== null)
  const want = renderer({ ...settings, firewall })({ ...facts, plugged: wired }, viewOf(wired, ovsdb))
  const bridges = [...want.flows].flatMap(([name, wanted]): Bridge[] => {
    const found = have.flows.get(name)
    return found ? [{ name, wanted: wanted as ReadonlyMap<string, Flow>, found: new Set(found.keys()) }] : []
  })
  const own = bridges.find(({ name }) => name === settings.integrationBridge)
  if (own && isAnothers(own)) return [ANOTHERS]
  const missing = bridges.flatMap((bridge) => missingOf(bridge, site))
  const ports = own ? wired.flatMap((port) => missingOfPort(port, own.found, ovsdb, settings, site)) : []
  const links = [...want.links].filter(([name]) => !have.links.has(name)).map(([name]) => name)
  const joined: Verdict[] =
    links.length === 0
      ? []
      : [
          {
            ...lacking(`patch or tunnel ports are missing: ${listed(links)}`, site.restart('openvswitch'), AGENT),
            subject: 'links',
          },
        ]
  const strangers = bridges.flatMap(({ name, found }) => strangersOf(name, found, settings))
  const all = [...joined, ...missing, ...ports, ...strangers]
  const count = bridges.reduce((sum, { found }) => sum + found.size, 0)
  const fine = good(
    `${count} flows on ${listed(bridges.map(({ name }) => name))}, ${wired.length} ports wired: none is missing`,
  )
  return all.some(({ state }) => state === 'lacking') ? all : [fine, ...all]
}

/** Another agent's flows stand for the same by other cookies. */
function isAnothers({ found }: Bridge): boolean {
  return found.size > 0 && ![...found].some(isOurs)
}

const ANOTHERS = unknown('the flows are of another agent or of nobody; only those of this release can be compared')

function missingOf({ name, wanted, found }: Bridge, site: Site): Verdict[] {
  const lost = [...wanted].filter(([cookie]) => !found.has(cookie)).map(([, flow]) => flow)
  if (lost.length === 0) return []
  const evidence = `${lost.length} of ${wanted.size} flows of the wiring are missing: ${textsOf(lost)}`
  return [{ ...lacking(evidence, site.restart('openvswitch'), AGENT), subject: name }]
}

/** Of the ways this port may be wired (trusted, filtered, filtered without state), the nearest to what is there. */
function missingOfPort(
  port: Plugged,
  found: ReadonlySet<string>,
  ovsdb: Ovsdb,
  { firewall }: Settings,
  site: Site,
): Verdict[] {
  const ways = SECURITIES.map((security) => flowSet(firewall.port(wiredOf(port, ovsdb, security))))
  const lost = ways
    .map((wanted) => ({
      of: wanted.size,
      lost: [...wanted].filter(([cookie]) => !found.has(cookie)).map(([, flow]) => flow),
    }))
    .sort((a, b) => a.lost.length / Math.max(1, a.of) - b.lost.length / Math.max(1, b.of))[0]!
  if (lost.lost.length === 0) return []
  const evidence = `port ${port.port_id}: ${lost.lost.length} of ${lost.of} flows are missing: ${textsOf(lost.lost)}`
  return [{ ...lacking(evidence, site.restart('openvswitch'), AGENT), subject: port.name }]
}

const rule = { direction: 'egress', ethertype: 'IPv4', stateful: false } as const
const SECURITIES: readonly (PortSecurity | null)[] = [
  null,
  { rules: [], members: new Map() },
  { rules: [rule as unknown as PortSecurity['rules'][number]], members: new Map() },
]

/** As the agent would know it, without its addresses: flows that depend on those are not rendered. */
function wiredOf(
  { port_id, name, ofport, tag, other_config }: Plugged,
  ovsdb: Ovsdb,
  security: PortSecurity | null,
): WiredPort {
  return {
    port_id,
    name,
    ofport,
    vlan: tag ?? 0,
    segment: segmentOf(other_config),
    mac: (ovsdb.byName('Interface', name)?.external_ids['attached-mac'] ?? '').toLowerCase(),
    fixed_ips: [],
    pairs: [],
    security,
  }
}

function segmentOf(config: Plugged['other_config']): WiredPort['segment'] {
  const { net_uuid = '', network_type = '', physical_network, segmentation_id } = config
  return {
    network_id: net_uuid,
    network_type,
    physical_network: physical_network === undefined || physical_network === 'None' ? null : physical_network,
    segmentation_id: segmentation_id === undefined ? null : Number(segmentation_id),
  }
}

/** What the server said of the ports when they were wired, as the switch remembers it. */
function viewOf(wired: readonly Plugged[], ovsdb: Ovsdb): View {
  const details = new Map(
    wired.map(({ port_id, name, other_config }) => {
      const mac_address = ovsdb.byName('Interface', name)?.external_ids['attached-mac']
      const said = { device: port_id, ...segmentOf(other_config), mac_address, admin_state_up: true, fixed_ips: [] }
      return [port_id, said as unknown as DeviceDetails]
    }),
  )
  const remotes = ovsdb
    .rows('Interface')
    .flatMap(({ type, options }) => (options.remote_ip ? [{ type, ip: options.remote_ip }] : []))
  return {
    details: (id) => details.get(id) ?? null,
    security: () => null,
    tunnels: (type) => remotes.filter((remote) => remote.type === type).map(({ ip }) => ip),
  }
}

/** Flows somebody else put on a bridge that is the agent's alone: it takes them away when it next looks. */
function strangersOf(
  name: string,
  found: ReadonlySet<string>,
  { integrationBridge, tunnelBridge }: Settings,
): Verdict[] {
  if (name !== integrationBridge && name !== tunnelBridge) return []
  const strange = [...found].filter((cookie) => !isOurs(cookie) && cookie !== LEARNED_COOKIE)
  if (strange.length === 0) return []
  const evidence = `flows of somebody else are on ${name}, cookies ${listed(strange)}: the agent takes them away`
  return [{ ...note(evidence, `ovs-ofctl -O OpenFlow13 dump-flows ${name} cookie=${strange[0]}/-1`), subject: name }]
}

function textsOf(flows: readonly Flow[]): string {
  const more = flows.length - NAMED_MAX
  return flows.slice(0, NAMED_MAX).map(flowText).join('; ') + (more > 0 ? `; and ${more} more` : '')
}
