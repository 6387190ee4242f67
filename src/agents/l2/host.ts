/**
 * The Open vSwitch of this host: reads what it has, from the mirror of its database and from its bridges, and takes
 * steps. Flows are read once per life of a bridge and known from then on, because nobody else writes them; a bridge
 * that came back is read again.
 */

import { DEAD_VLAN } from '#agents/runtime/interface.ts'
import type { Openflow } from '#linux/openflow/bridge.ts'
import type { Connections } from '#linux/openflow/conntrack.ts'
import { cookieOf, type Flow, type FlowChange, flowText } from '#linux/openflow/flow.ts'
import { addBridge, addPort, deletePorts, setKeys, setOptions, setTag, updateBridge } from '#linux/ovsdb/operations.ts'
import type { Operation, Ovsdb } from '#linux/ovsdb/ovsdb.ts'
import type { BridgeRow, InterfaceRow, PortRow } from '#linux/ovsdb/tables.ts'
import { patchName } from './names.ts'
import { learnedOf } from './pipeline.ts'
import type { BridgeState, HostState, LinkState, Plugged, Step, TagState } from './state.ts'
import { carriedVlans } from './vlans.ts'
import type { Facts, Settings } from './want.ts'

const TUNNEL_PORT_TYPES: ReadonlySet<string> = new Set(['vxlan', 'gre', 'geneve', 'ip6gre'])
const KEPT_KEYS = ['net_uuid', 'network_type', 'physical_network', 'segmentation_id', 'tag'] as const

/** Columns of Interface beside the mirror: read when somebody asks, and nobody acts on their changes. */
const LOOKED_AT = { admin_state: 'optional', link_state: 'optional', mtu: 'optional' } as const

/** How long a look at the bridges for somebody who asks may take. */
const LOOK_MS_MAX = 2_000

type MaybePromise<T> = T | Promise<T>

/** A device as Open vSwitch has it now. */
export interface SeenDevice {
  readonly name: string
  readonly ofport: number | null
  readonly error: string | null
  readonly tag: number | null
  readonly admin_state: string | null
  readonly link_state: string | null
  readonly mtu: number | null
}

interface Parts {
  readonly ovsdb: Ovsdb
  readonly openflow: Openflow
  readonly connections: Connections
  readonly settings: Settings
}

interface Place {
  readonly bridge: BridgeRow
  readonly port: PortRow
  readonly nic: InterfaceRow
}

export class Host {
  readonly #parts: Parts
  readonly #flows = new Map<string, Map<string, Flow | null>>()
  #vlans: ReadonlySet<number> | null = null
  #looking: Promise<HostState> | null = null
  /** Whether links were made since the last reading: their OpenFlow numbers are news, and flows follow from them. */
  linksChanged = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The bridges this agent looks after: those of its options. */
  get bridges(): readonly string[] {
    const { integrationBridge, tunnelBridge, tunnelTypes, localIp, mappings } = this.#parts.settings
    const tunnel = localIp !== null && tunnelTypes.length > 0 ? [tunnelBridge] : []
    return [...new Set([integrationBridge, ...tunnel, ...mappings.values()])]
  }

  /** The bridge may have lost its flows: read them again next time. */
  forgetFlows(bridge: string): void {
    this.#flows.delete(bridge)
  }

  facts(): Facts {
    const places = this.#places()
    return {
      bridges: new Set(this.#parts.ovsdb.rows('Bridge').map(({ name }) => name)),
      ofports: new Map(
        places.flatMap(({ nic: { name, ofport, external_ids } }) =>
          ofport !== null && ofport > 0 && external_ids['iface-id'] === undefined ? [[name, ofport]] : [],
        ),
      ),
      plugged: places.flatMap((place) => this.#plugged(place) ?? []).sort((a, b) => (a.name < b.name ? -1 : 1)),
    }
  }

  /**
   * Puts ports without a tag into the dead VLAN: until it is known whose it is, such a port would be in all of them,
   * and hear what is broadcast there.
   */
  async isolateNew(): Promise<void> {
    const { ovsdb, settings } = this.#parts
    const fresh = this.#places().filter(
      ({ bridge, port, nic }) =>
        bridge.name === settings.integrationBridge && port.tag === null && nic.external_ids['iface-id'] !== undefined,
    )
    await ovsdb.transact(fresh.map(({ port }) => setTag(port, DEAD_VLAN)))
  }

  async have(signal: AbortSignal): Promise<HostState> {
    this.linksChanged = false
    this.#vlans ??= new Set(carriedVlans(this.facts().plugged).values())
    return await this.#state((bridge) => this.#flows.get(bridge) ?? this.#readFlows(bridge, signal))
  }

  /**
   * The same for somebody who only looks: flows are read, whatever is known, and nothing is remembered. Those who look
   * at the same time look together.
   */
  look(): Promise<HostState> {
    this.#looking ??= this.#state((bridge) => this.#flowsNow(bridge, AbortSignal.timeout(LOOK_MS_MAX))).finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** The device that says it is this port; null: none does. */
  async device(portId: string): Promise<SeenDevice | null> {
    const { ovsdb, settings } = this.#parts
    const here = this.#places().filter(
      ({ bridge, nic }) => bridge.name === settings.integrationBridge && nic.external_ids['iface-id'] === portId,
    )
    const place = here.find(({ nic }) => (nic.ofport ?? 0) > 0) ?? here[0]
    if (!place) return null
    const [row] = await ovsdb.select('Interface', place.nic.uuid, LOOKED_AT)
    const { name, ofport, error } = place.nic
    return { name, ofport, error, tag: place.port.tag, admin_state: null, link_state: null, mtu: null, ...row }
  }

  async #state(flowsOf: (bridge: string) => MaybePromise<ReadonlyMap<string, Flow | null>>): Promise<HostState> {
    const { plugged } = this.facts()
    const state = {
      bridges: this.#bridges(),
      links: this.#links(),
      ports: new Map(plugged.map(({ name, tag, other_config }) => [name, { tag, other_config: kept(other_config) }])),
      vlans: this.#vlans ?? new Set(carriedVlans(plugged).values()),
      zones: new Map<number, number>(),
    }
    const flows = new Map<string, ReadonlyMap<string, Flow | null>>()
    for (const bridge of this.bridges) {
      if (!this.#parts.ovsdb.byName('Bridge', bridge)) continue
      flows.set(bridge, await flowsOf(bridge))
    }
    return { ...state, flows }
  }

  async apply(step: Step, signal: AbortSignal): Promise<void> {
    const { ovsdb, openflow, connections, settings } = this.#parts
    switch (step.do) {
      case 'change-bridges':
        await this.#changeBridges(step, signal)
        return
      case 'change-flows':
        await this.#changeFlows(step.bridge, step, signal)
        return
      case 'tag-ports': {
        const rows = [...step.ports].map(([name, state]) => [ovsdb.byName('Port', name), state] as const)
        await ovsdb.transact(rows.flatMap(([row, state]) => (row ? tagOperations(row, state) : [])))
        return
      }
      case 'forget-cut-connections':
        await connections.forgetMarked(step.zones)
        return
      case 'release-vlans':
        if (ovsdb.byName('Bridge', settings.tunnelBridge) && settings.tunnelTypes.length > 0) {
          await openflow.remove(settings.tunnelBridge, step.vlans.map(learnedOf), signal)
        }
        await connections.forgetZones(step.vlans)
    }
  }

  /** All steps of a plan are taken: these local VLANs are in use. */
  noteVlans(vlans: ReadonlySet<number>): void {
    this.#vlans = vlans
  }

  async #readFlows(bridge: string, signal: AbortSignal): Promise<Map<string, Flow | null>> {
    const flows = await this.#flowsNow(bridge, signal)
    this.#flows.set(bridge, flows)
    return flows
  }

  async #flowsNow(bridge: string, signal: AbortSignal): Promise<Map<string, Flow | null>> {
    const cookies = await this.#parts.openflow.cookies(bridge, signal)
    return new Map([...cookies].map((cookie) => [cookie, null]))
  }

  async #changeFlows(bridge: string, change: FlowChange, signal: AbortSignal): Promise<void> {
    const known = this.#flows.get(bridge)
    try {
      await this.#parts.openflow.change(bridge, change, signal)
    } catch (error) {
      this.forgetFlows(bridge)
      throw error
    }
    if (!known) return
    for (const flow of change.add) known.set(cookieOf(flowText(flow)), flow)
    for (const cookie of change.remove) known.delete(cookie)
  }

  async #changeBridges(step: Extract<Step, { do: 'change-bridges' }>, signal: AbortSignal): Promise<void> {
    const { ovsdb } = this.#parts
    const places = new Map(this.#places().map((place) => [place.port.name, place]))
    const removed = step.remove.flatMap((name) => places.get(name) ?? [])
    // A port that changes its bridge must be gone before it comes back.
    await ovsdb.commit(
      removed.flatMap(({ bridge, port }) => deletePorts(bridge, [port])),
      signal,
    )
    const operations: Operation[] = [...step.bridges].flatMap(([name, state]) => this.#bridgeOperations(name, state))
    for (const [name, { bridge, type, options }] of step.links) {
      const place = places.get(name)
      const on = ovsdb.byName('Bridge', bridge)
      if (place && !step.remove.includes(name)) operations.push(setOptions(place.nic, options))
      else operations.push(...addPort(on ? { uuid: on.uuid } : { made: bridge }, { name, type, options }))
    }
    await ovsdb.commit(operations, signal)
    this.linksChanged = true
  }

  #bridgeOperations(name: string, state: BridgeState): Operation[] {
    const { datapath_type, fail_mode, mac_table_size, igmp_snooping } = state
    const other_config = { 'mac-table-size': mac_table_size }
    const row = this.#parts.ovsdb.byName('Bridge', name)
    if (!row) {
      const fresh = { name, datapath_type, other_config, ...(fail_mode && { fail_mode }) }
      return addBridge({ ...fresh, mcast_snooping_enable: igmp_snooping })
    }
    return [
      updateBridge(row, { datapath_type, fail_mode, mcast_snooping_enable: igmp_snooping }),
      setKeys('Bridge', row, 'other_config', other_config),
    ]
  }

  /** Every port of the bridges this agent looks after. */
  #places(): Place[] {
    const { ovsdb } = this.#parts
    return this.bridges.flatMap((name) => {
      const bridge = ovsdb.byName('Bridge', name)
      return (bridge?.ports ?? []).flatMap((id) => {
        const port = ovsdb.row('Port', id)
        const nic = port && ovsdb.row('Interface', port.interfaces[0] ?? '')
        return bridge && port && nic ? [{ bridge, port, nic }] : []
      })
    })
  }

  /** Ports of the integration bridge that say which port of the server they are, once Open vSwitch has made them. */
  #plugged({ bridge, port, nic }: Place): Plugged | null {
    const port_id = nic.external_ids['iface-id']
    if (bridge.name !== this.#parts.settings.integrationBridge || port_id === undefined) return null
    if (nic.external_ids['attached-mac'] === undefined || nic.ofport === null || nic.ofport < 1) return null
    return { name: port.name, port_id, ofport: nic.ofport, tag: port.tag, other_config: port.other_config }
  }

  #bridges(): Map<string, BridgeState> {
    const { settings } = this.#parts
    const own: ReadonlySet<string> = new Set([settings.integrationBridge, settings.tunnelBridge])
    const rows = this.#parts.ovsdb.rows('Bridge').filter(({ name }) => own.has(name))
    return new Map(
      rows.map(({ name, datapath_type, fail_mode, other_config, mcast_snooping_enable }) => [
        name,
        {
          datapath_type: datapath_type === '' ? 'system' : datapath_type,
          fail_mode: fail_mode === 'secure' ? 'secure' : null,
          mac_table_size: other_config['mac-table-size'] ?? '',
          igmp_snooping: mcast_snooping_enable,
        },
      ]),
    )
  }

  #links(): Map<string, LinkState> {
    return new Map(
      this.#places()
        .filter((place) => this.#isLink(place))
        .map(({ bridge, nic: { name, type, options } }) => [name, { bridge: bridge.name, type, options }]),
    )
  }

  /** Patch and tunnel ports that are this agent's by their bridge and name. Others are left alone. */
  #isLink({ bridge, nic: { name, type } }: Place): boolean {
    const { integrationBridge, tunnelBridge, intPatch } = this.#parts.settings
    if (bridge.name === tunnelBridge) return type === 'patch' || TUNNEL_PORT_TYPES.has(type)
    if (type !== 'patch') return false
    if (bridge.name === integrationBridge) return name === intPatch || name.startsWith('int-')
    return name === patchName('phy-', bridge.name)
  }
}

function kept(other_config: { readonly [key: string]: string }): { readonly [key: string]: string } {
  return Object.fromEntries(KEPT_KEYS.flatMap((key) => (key in other_config ? [[key, other_config[key]!]] : [])))
}

function tagOperations(row: PortRow, { tag, other_config }: TagState): Operation[] {
  const keys = Object.fromEntries(KEPT_KEYS.map((key) => [key, other_config[key] ?? null]))
  return [setTag(row, tag), setKeys('Port', row, 'other_config', keys)]
}
