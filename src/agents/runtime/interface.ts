/**
 * The interface driver `openvswitch`: devices of agents (DHCP, routers) as internal ports of the integration bridge,
 * moved into a namespace. It works from whatever an earlier, half-done run, a deleted namespace or a restarted
 * ovs-vswitchd left. A device begins in the dead VLAN: only the L2 agent, told by the port's external_ids, connects it.
 * With the userspace datapath (`netdev`) a device is a tap whose transmit checksum offload Open vSwitch never turns on:
 * nothing to turn off.
 * Source: the reference of agents and RPC, §10 (external_ids); ovs-vswitchd.conf.db(5).
 */
import type { Closeable } from '#base/lifetime.ts'
import { type NetnsDevice, readLinks } from '#linux/netlink.ts'
import { changeNetns, type NetlinkChange } from '#linux/netlink-change.ts'
import { deleteDevices, moveDevices } from '#linux/netlink-move.ts'
import { netns, rootNetns } from '#linux/netns.ts'
import { managementSocket, rundirOf } from '#linux/openflow/bridge.ts'
import { watchBridge } from '#linux/openflow/watch.ts'
import { addPort, deletePorts, setKeys } from '#linux/ovsdb/operations.ts'
import type { Operation, Ovsdb } from '#linux/ovsdb/ovsdb.ts'
import type { BridgeRow, InterfaceRow, PortRow } from '#linux/ovsdb/tables.ts'

/** The tag of a port that may reach nothing. */
export const DEAD_VLAN = 4095

export interface Device {
  readonly name: string
  readonly port_id: string
  readonly mac: string
  /** The namespace's name; it exists. */
  readonly netns: string
  readonly mtu: number
}

export interface InterfaceDriver {
  /**
   * Makes the devices be there, in their namespaces, with address and MTU set, up. All in one transaction. Idempotent.
   */
  plug(devices: readonly Device[], signal: AbortSignal): Promise<void>
  /** Removes them wherever they are; names that are not there are fine. */
  unplug(names: readonly string[], signal: AbortSignal): Promise<void>
  /** Every device of an agent on the bridge, whichever agent made it. */
  list(): Promise<{ name: string; port_id: string; mac: string }[]>
}

export interface InterfaceDriverOptions {
  readonly ovsdb: Ovsdb
  readonly integrationBridge: string
  readonly datapathType: 'system' | 'netdev'
}

interface Found {
  readonly port: PortRow
  readonly nic: InterfaceRow
}

/**
 * Calls `onUp` when the bridge is there, and each time it came back because ovs-vswitchd was started again: under the
 * userspace datapath devices have to be plugged anew then. `connection` is `ovsdb_connection`.
 */
export function watchSwitch(connection: string, integrationBridge: string, onUp: () => void): Closeable {
  return watchBridge(managementSocket(rundirOf(connection), integrationBridge), onUp)
}

export function openvswitchInterfaceDriver({ ovsdb, integrationBridge }: InterfaceDriverOptions): InterfaceDriver {
  async function bridge(signal: AbortSignal): Promise<BridgeRow> {
    const find = () => ovsdb.byName('Bridge', integrationBridge)
    await ovsdb.waitUntil(() => find() !== null, `the bridge ${integrationBridge}, which the L2 agent makes`, signal)
    return find()!
  }

  function found({ ports }: BridgeRow): ReadonlyMap<string, Found> {
    return new Map(
      ports.flatMap((id) => {
        const port = ovsdb.row('Port', id)
        const nic = port && ovsdb.row('Interface', port.interfaces[0] ?? '')
        return port && nic ? [[port.name, { port, nic }] as const] : []
      }),
    )
  }

  return {
    async plug(devices, signal) {
      if (devices.length === 0) return
      await bridge(signal)
      // What is in the database may not be on the host yet: ovs-vswitchd may have been started a moment ago.
      if (devices.some(({ name }) => ovsdb.byName('Port', name) !== null)) await ovsdb.settled(signal)
      const on = await bridge(signal)
      const ports = found(on)
      const here = new Set(readLinks(rootNetns).map(({ name }) => name))
      const within = linksWithin(devices)

      // A port whose device has gone with its namespace is made anew; Open vSwitch must see it go before it comes back.
      const lost = devices.filter((device) => {
        const old = ports.get(device.name)
        return old !== undefined && isLost(old, here.has(device.name) || within.has(device))
      })
      await ovsdb.commit(
        deletePorts(
          on,
          lost.map(({ name }) => ports.get(name)!.port),
        ),
        signal,
      )
      const gone = new Set(lost.map(({ name }) => name))
      const made = devices.filter(({ name }) => gone.has(name) || !ports.has(name))
      const kept = devices.filter(({ name }) => !gone.has(name) && ports.has(name))
      await ovsdb.commit(
        [
          ...made.flatMap((device) => addPort(on, newPort(device))),
          ...kept.flatMap((device) => identify(device, ports.get(device.name)!.nic)),
        ],
        signal,
      )

      const moved = [...made, ...kept.filter(({ name }) => here.has(name))]
      await move(
        moved,
        moved.filter((device) => within.has(device) && !gone.has(device.name)),
        signal,
      )
      settle(
        devices.filter((device) => !moved.includes(device)),
        within,
      )
    },

    async unplug(names, signal) {
      const on = ovsdb.byName('Bridge', integrationBridge)
      if (!on) return
      const ports = found(on)
      const rows = names.flatMap((name) => ports.get(name)?.port ?? [])
      await ovsdb.commit(deletePorts(on, rows), signal)
    },

    async list() {
      const on = ovsdb.byName('Bridge', integrationBridge)
      if (!on) return []
      return [...found(on).values()].flatMap(({ nic: { name, type, external_ids } }) => {
        const port_id = external_ids['iface-id']
        if (type !== 'internal' || port_id === undefined) return []
        return [{ name, port_id, mac: external_ids['attached-mac'] ?? '' }]
      })
    },
  }
}

function isLost({ nic }: Found, exists: boolean): boolean {
  return !exists || nic.ofport === -1
}

function newPort({ name, port_id, mac }: Device) {
  return { name, type: 'internal', tag: DEAD_VLAN, external_ids: externalIds(port_id, mac) }
}

function externalIds(port_id: string, mac: string): { readonly [key: string]: string } {
  return { 'iface-id': port_id, 'iface-status': 'active', 'attached-mac': mac }
}

function identify({ port_id, mac }: Device, row: InterfaceRow): Operation[] {
  const wanted = externalIds(port_id, mac)
  const same = Object.entries(wanted).every(([key, value]) => row.external_ids[key] === value)
  return same ? [] : [setKeys('Interface', row, 'external_ids', wanted)]
}

/** Moves them into their namespaces, in place of leftovers of the same names. */
async function move(devices: readonly Device[], leftovers: readonly Device[], signal: AbortSignal): Promise<void> {
  for (const [inside, group] of Map.groupBy(leftovers, (device) => device.netns)) {
    const names = group.map(({ name }) => name)
    await deleteDevices(netns(inside), names, signal)
  }
  const moves = devices.map(({ name, netns: to, mac, mtu }) => ({ device: name, to: netns(to), mac, mtu }))
  await moveDevices(rootNetns, moves, signal)
}

/** Gives devices that are where they belong their address and MTU and brings them up. */
function settle(devices: readonly Device[], links: ReadonlyMap<Device, NetnsDevice>): void {
  const wrong = devices.filter((device) => {
    const link = links.get(device)
    return !link?.up || link.mac !== device.mac || link.mtu !== device.mtu
  })
  for (const [inside, group] of Map.groupBy(wrong, (device) => device.netns)) {
    const changes = group.flatMap(({ name, mac, mtu }): NetlinkChange[] => [
      { do: 'set-device', device: name, mac, mtu },
      { do: 'set-up', device: name },
    ])
    changeNetns(netns(inside), changes)
  }
}

/** The devices that are in their namespaces already, as they are there. */
function linksWithin(devices: readonly Device[]): ReadonlyMap<Device, NetnsDevice> {
  const names = [...new Set(devices.map((device) => device.netns))]
  const links = new Map(names.map((name) => [name, new Map(readLinks(netns(name)).map((link) => [link.name, link]))]))
  return new Map(
    devices.flatMap((device) => {
      const link = links.get(device.netns)!.get(device.name)
      return link ? [[device, link] as const] : []
    }),
  )
}
