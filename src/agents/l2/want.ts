/**
 * What a host is to have, from what is plugged there and what the server says. Pure but for a memory of what was
 * rendered: of a thousand ports only those that changed are rendered again.
 */
import { isDeepStrictEqual } from 'node:util'
import { DEAD_VLAN } from '#agents/runtime/interface.ts'
import { canonicalMac } from '#base/mac.ts'
import { cookieOf, type Flow, flowText } from '#linux/openflow/flow.ts'
import type { DeviceDetails } from '#rpc/contract/l2.ts'
import type { PortFragment } from './fragment.ts'
import { patchName, tunnelName } from './names.ts'
import {
  fromPhysical,
  integrationFlows,
  type PhysicalLink,
  physicalFlows,
  type TunnelLink,
  tunnelFlows,
  type Wire,
} from './pipeline.ts'
import type { BridgeState, HostState, LinkState, Plugged, PortSecurity, Segment, TagState, WiredPort } from './state.ts'
import { allotVlans, carriedVlans, segmentConfig, segmentKey } from './vlans.ts'

/** The options, as this decides by them. */
export interface Settings {
  readonly integrationBridge: string
  readonly tunnelBridge: string
  readonly intPatch: string
  readonly tunPatch: string
  readonly localIp: string | null
  /** Bridges by physical network. */
  readonly mappings: ReadonlyMap<string, string>
  readonly datapathType: string
  readonly macTableSize: number
  readonly igmpSnooping: boolean
  readonly tunnelTypes: readonly string[]
  readonly vxlanUdpPort: number
  readonly dontFragment: boolean
  readonly tunnelCsum: boolean
  readonly firewall: PortFragment
}

/** What is on the host and is not ours to make. */
export interface Facts {
  readonly bridges: ReadonlySet<string>
  /** OpenFlow numbers of patch and tunnel ports that Open vSwitch has made. */
  readonly ofports: ReadonlyMap<string, number>
  readonly plugged: readonly Plugged[]
}

/** What two flows of one bridge cannot share. */
export function placeOf({ table, priority, match }: Flow): string {
  return `${table} ${priority} ${match}`
}

export interface View {
  details(portId: string): DeviceDetails | null
  security(portId: string): PortSecurity | null
  tunnels(type: string): readonly string[]
}

export interface Wanted extends HostState {
  /** Ports that end up connected, and those the server knows that do not. */
  readonly up: readonly string[]
  readonly down: readonly string[]
  /** Ports whose network this host has no way to, by the network's type and physical network: the options lack it. */
  readonly unreachable: ReadonlyMap<string, string>
}

/** A flow with what it is compared by. */
interface Entry {
  readonly place: string
  readonly cookie: string
  readonly flow: Flow
}

const DEAD: TagState = { tag: DEAD_VLAN, other_config: {} }

export function renderer(settings: Settings): (facts: Facts, view: View) => Wanted {
  const ports = new Map<string, { readonly port: WiredPort; readonly entries: readonly Entry[] }>()
  const fixed = entries([...integrationFlows(), ...settings.firewall.base])

  function portEntries(port: WiredPort): readonly Entry[] {
    const known = ports.get(port.name)
    if (known && isDeepStrictEqual(known.port, port)) return known.entries
    const made = entries(settings.firewall.port(port))
    ports.set(port.name, { port, entries: made })
    return made
  }

  return (facts, view) => {
    const connectable = chooseConnectable(settings, facts, view)
    const segments = [...connectable.values()].map(({ segment }) => segment)
    const vlans = allotVlans(segments, carriedVlans(facts.plugged))
    const wired = [...connectable].map(([port, { segment, details }]) =>
      wire(port, segment, vlans.get(segmentKey(segment))!, details, view),
    )
    for (const name of ports.keys()) if (!wired.some((port) => port.name === name)) ports.delete(name)

    const wires = uniqueWires(wired)
    const physical = physicalLinks(settings, facts)
    const flows = new Map([
      [
        settings.integrationBridge,
        merged([
          fixed,
          entries(physical.flatMap((link) => fromPhysical(link, wires))),
          ...wired.map(portEntries),
          entries(settings.firewall.all?.(wired) ?? []),
        ]),
      ],
      ...physical.map(
        (link) =>
          [settings.mappings.get(link.physical_network)!, merged([entries(physicalFlows(link, wires))])] as const,
      ),
      ...tunnelBridgeFlows(settings, facts, view, wires),
    ])
    const tags = new Map(
      wired.map(({ name, segment, vlan }) => [name, { tag: vlan, other_config: segmentConfig(segment, vlan) }]),
    )
    const unreachable = facts.plugged.flatMap(({ port_id }) => {
      const segment = segmentOf(view.details(port_id))
      return segment && !reaches(settings, segment)
        ? [[port_id, `${segment.network_type} ${segment.physical_network ?? ''}`.trim()] as const]
        : []
    })
    const isUp = new Set(wired.map(({ port_id }) => port_id))
    return {
      bridges: bridgesOf(settings),
      links: linksOf(settings, facts, view),
      ports: new Map(facts.plugged.map(({ name }) => [name, tags.get(name) ?? DEAD])),
      flows,
      vlans: new Set(vlans.values()),
      zones: new Map(wired.filter(({ security }) => security !== null).map(({ ofport, vlan }) => [ofport, vlan])),
      unreachable: new Map(unreachable),
      up: [...isUp],
      down: facts.plugged.map(({ port_id }) => port_id).filter((id) => !isUp.has(id) && view.details(id)?.network_id),
    }
  }
}

/** Ports that the server wants connected and this host can connect; of two with one id, one. */
function chooseConnectable(settings: Settings, { plugged }: Facts, view: View) {
  const chosen = new Map<Plugged, { segment: Segment; details: DeviceDetails }>()
  const ids = new Set<string>()
  for (const port of plugged) {
    const details = view.details(port.port_id)
    const segment = segmentOf(details)
    if (!details || !segment || !details.admin_state_up || !details.mac_address) continue
    if (ids.has(port.port_id) || !reaches(settings, segment)) continue
    ids.add(port.port_id)
    chosen.set(port, { segment, details })
  }
  return chosen
}

function segmentOf(details: DeviceDetails | null): Segment | null {
  if (!details?.network_id) return null
  return {
    network_id: details.network_id,
    network_type: details.network_type ?? '',
    physical_network: details.physical_network ?? null,
    segmentation_id: details.segmentation_id ?? null,
  }
}

function reaches({ mappings, tunnelTypes, localIp }: Settings, { network_type, physical_network }: Segment): boolean {
  if (network_type === 'local') return true
  if (network_type === 'flat' || network_type === 'vlan') return mappings.has(physical_network ?? '')
  return localIp !== null && tunnelTypes.includes(network_type)
}

function wire(port: Plugged, segment: Segment, vlan: number, details: DeviceDetails, view: View): WiredPort {
  return {
    port_id: port.port_id,
    name: port.name,
    ofport: port.ofport,
    vlan,
    segment,
    mac: details.mac_address!.toLowerCase(),
    fixed_ips: (details.fixed_ips ?? []).map(({ ip_address }) => ip_address),
    pairs: (details.allowed_address_pairs ?? []).map((pair) => ({
      mac: canonicalMac(pair.mac_address) ?? pair.mac_address,
      ip: pair.ip_address,
    })),
    security: view.security(port.port_id),
  }
}

function uniqueWires(wired: readonly WiredPort[]): Wire[] {
  return [...new Map(wired.map(({ segment, vlan }) => [vlan, { segment, vlan }])).values()].sort(
    (a, b) => a.vlan - b.vlan,
  )
}

function bridgesOf({ datapathType, macTableSize, ...settings }: Settings): Map<string, BridgeState> {
  const bridge = { datapath_type: datapathType, fail_mode: 'secure', mac_table_size: String(macTableSize) } as const
  const bridges = new Map<string, BridgeState>()
  bridges.set(settings.integrationBridge, { ...bridge, igmp_snooping: settings.igmpSnooping })
  if (hasTunnels(settings)) bridges.set(settings.tunnelBridge, { ...bridge, igmp_snooping: false })
  return bridges
}

function hasTunnels({ localIp, tunnelTypes }: Pick<Settings, 'localIp' | 'tunnelTypes'>): boolean {
  return localIp !== null && tunnelTypes.length > 0
}

function linksOf(settings: Settings, facts: Facts, view: View): Map<string, LinkState> {
  const { integrationBridge, tunnelBridge, intPatch, tunPatch } = settings
  const links = new Map<string, LinkState>()
  const patch = (bridge: string, name: string, peer: string) =>
    links.set(name, { bridge, type: 'patch', options: { peer } })
  for (const bridge of settings.mappings.values()) {
    if (!facts.bridges.has(bridge)) continue
    patch(integrationBridge, patchName('int-', bridge), patchName('phy-', bridge))
    patch(bridge, patchName('phy-', bridge), patchName('int-', bridge))
  }
  if (!hasTunnels(settings)) return links
  patch(integrationBridge, intPatch, tunPatch)
  patch(tunnelBridge, tunPatch, intPatch)
  for (const type of settings.tunnelTypes) {
    for (const remote of view.tunnels(type)) {
      const options = tunnelOptions(settings, type, remote)
      links.set(tunnelName(type, remote), { bridge: tunnelBridge, type, options })
    }
  }
  return links
}

function tunnelOptions({ localIp, vxlanUdpPort, dontFragment, tunnelCsum }: Settings, type: string, remote: string) {
  return {
    remote_ip: remote,
    local_ip: localIp!,
    in_key: 'flow',
    out_key: 'flow',
    egress_pkt_mark: '0',
    df_default: String(dontFragment),
    ...(type === 'vxlan' && vxlanUdpPort !== 4789 && { dst_port: String(vxlanUdpPort) }),
    ...(tunnelCsum && { csum: 'true' }),
  }
}

/** Physical networks whose patch ports are made. */
function physicalLinks({ mappings }: Settings, { ofports }: Facts): PhysicalLink[] {
  return [...mappings].flatMap(([physical_network, bridge]) => {
    const [inside, outside] = [ofports.get(patchName('int-', bridge)), ofports.get(patchName('phy-', bridge))]
    return inside === undefined || outside === undefined ? [] : [{ physical_network, inside, outside }]
  })
}

function tunnelBridgeFlows(settings: Settings, { ofports }: Facts, view: View, wires: readonly Wire[]) {
  const patch = ofports.get(settings.tunPatch)
  if (!hasTunnels(settings) || patch === undefined) return []
  const tunnels = settings.tunnelTypes.flatMap((type) =>
    view.tunnels(type).flatMap((remote): TunnelLink[] => {
      const ofport = ofports.get(tunnelName(type, remote))
      return ofport === undefined ? [] : [{ type, ofport }]
    }),
  )
  return [[settings.tunnelBridge, merged([entries(tunnelFlows(patch, tunnels, wires))])] as const]
}

function entries(flows: readonly Flow[]): Entry[] {
  return flows.map((flow) => ({ place: placeOf(flow), cookie: cookieOf(flowText(flow)), flow }))
}

/** Two flows cannot have one place: the first has it. */
function merged(groups: readonly (readonly Entry[])[]): Map<string, Flow> {
  const places = new Set<string>()
  const flows = new Map<string, Flow>()
  for (const group of groups) {
    for (const { place, cookie, flow } of group) {
      if (places.has(place)) continue
      places.add(place)
      flows.set(cookie, flow)
    }
  }
  return flows
}
