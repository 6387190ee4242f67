/**
 * Devices as L2 agents name them: a port's id, a tap name with the first eleven characters of it, or a MAC address.
 * Source: reference of agents and RPC, §4.
 */
import { isUuid } from '#base/ids.ts'
import { canonicalMac, isMac } from '#base/mac.ts'
import { isIn, or, type Predicate } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import type { Tx } from '#store/store.ts'

/** Devices in one statement. */
const DEVICES_MAX = 200
const PREFIX = /^(?:tap|qvo|vhu|qr-|qg-|sg-)([0-9a-f-]{6,36})$/

/** The port of each device that has one. */
export async function portsOfDevices(tx: Tx, devices: readonly string[]): Promise<Map<string, Port>> {
  const found = new Map<string, Port>()
  const wanted = [...new Set(devices)]
  for (let index = 0; index < wanted.length; index += DEVICES_MAX) {
    const slice = wanted.slice(index, index + DEVICES_MAX)
    const rows = await tx.select(ports, { where: or(...predicates(slice)) })
    const byId = new Map(rows.map((row) => [row.id, row]))
    const byMac = new Map(rows.map((row) => [row.mac_address, row]))
    for (const device of slice) {
      const prefix = PREFIX.exec(device)?.[1]
      const row = prefix
        ? rows.find(({ id }) => id.startsWith(prefix))
        : isMac(device)
          ? byMac.get(canonicalMac(device)!)
          : byId.get(device)
      if (row) found.set(device, row)
    }
  }
  return found
}

function predicates(devices: readonly string[]): Predicate[] {
  const ids = devices.filter((device) => isUuid(device))
  const macs = devices.filter((device) => isMac(device)).map((device) => canonicalMac(device)!)
  const prefixes = devices.flatMap((device) => PREFIX.exec(device)?.[1] ?? [])
  return [
    isIn('id', ids),
    isIn('mac_address', macs),
    ...prefixes.map((text): Predicate => ({ op: 'starts', column: 'id', text })),
  ]
}
