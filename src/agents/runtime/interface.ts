/**
 * The interface driver `openvswitch`: devices of agents (DHCP, routers) as internal ports of the integration bridge,
 * moved into a namespace. It works from whatever an earlier, half-done run, a deleted namespace or a restarted
 * ovs-vswitchd left. A device begins in the dead VLAN: only the L2 agent, told by the port's external_ids, connects it.
 * With the userspace datapath (`netdev`) a device is a tap whose transmit checksum offload Open vSwitch never turns on:
 * nothing to turn off.
 * Source: the reference of agents and RPC, §10 (external_ids); ovs-vswitchd.conf.db(5).
 */
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { type Netns, netns, rootNetns } from '#linux/netns.ts'
import { managementSocket, rundirOf } from '#linux/openflow/bridge.ts'
import { watchBridge } from '#linux/openflow/watch.ts'
import { addPort, deletePorts, setKeys } from '#linux/ovsdb/operations.ts'
import type { Operation, Ovsdb } from '#linux/ovsdb/ovsdb.ts'
import type { BridgeRow, InterfaceRow, PortRow } from '#linux/ovsdb/tables.ts'

/** The tag of a port that may reach nothing. */
export const DEAD_VLAN = 4095

const TIMEOUT_MS = 30_000

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
      const names = [...new Set(devices.map((device) => device.netns))]
      await bridge(signal)
      // What is in the database may not be on the host yet: ovs-vswitchd may have been started a moment ago.
      if (devices.some(({ name }) => ovsdb.byName('Port', name) !== null)) await ovsdb.settled(signal)
      const on = await bridge(signal)
      const ports = found(on)
      const [here, ...inside] = await Promise.all([
        deviceNames(rootNetns, signal),
        ...names.map((name) => deviceNames(netns(name), signal)),
      ])
      const within = new Map(names.map((name, index) => [name, inside[index]!]))

      // A port whose device has gone with its namespace is made anew; Open vSwitch must see it go before it comes back.
      const lost = devices.filter((device) => {
        const old = ports.get(device.name)
        return old !== undefined && isLost(old, here!.has(device.name) || within.get(device.netns)!.has(device.name))
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

      const moved = [...made, ...kept.filter(({ name }) => here!.has(name))]
      await settle(devices, moved, gone, within, signal)
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

/** Moves what is still here, in place of any leftover of the same name, then sets addresses and brings all up. */
async function settle(
  devices: readonly Device[],
  moved: readonly Device[],
  removed: ReadonlySet<string>,
  within: ReadonlyMap<string, ReadonlySet<string>>,
  signal: AbortSignal,
): Promise<void> {
  const perNetns = (all: readonly Device[], line: (device: Device) => string) =>
    Promise.all(
      [...Map.groupBy(all, (device) => device.netns)].map(([name, group]) =>
        batch(netns(name), group.map(line), signal),
      ),
    )
  const leftovers = moved.filter(({ name, netns: inside }) => within.get(inside)!.has(name) && !removed.has(name))
  await perNetns(leftovers, ({ name }) => `link delete dev ${name}`)
  await batch(
    rootNetns,
    moved.map(({ name, netns: inside }) => `link set dev ${name} netns ${inside}`),
    signal,
  )
  await perNetns(devices, ({ name, mac, mtu }) => `link set dev ${name} address ${mac} mtu ${mtu} up`)
}

/** The names of a namespace's devices. */
async function deviceNames(where: Netns, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const text = await where.run(['cat', '/proc/self/net/dev'], { timeoutMs: TIMEOUT_MS, signal })
  const names = text.split('\n').flatMap((line) => /^\s*([^:|]+):/.exec(line)?.[1] ?? [])
  if (names.length === 0)
    throw new OperatingError(`no devices to be read in the namespace ${where.name ?? 'of the host'}`)
  return new Set(names)
}

async function batch(where: Netns, lines: readonly string[], signal: AbortSignal): Promise<void> {
  if (lines.length === 0) return
  await where.run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n`, timeoutMs: TIMEOUT_MS, signal })
}
