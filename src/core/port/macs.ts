/**
 * MAC addresses of ports, unique on a network by the key of `port_macs`. A made address that somebody has is made
 * again.
 * Source: option `base_mac`; a MAC address in use replies 409 `MacAddressInUse`.
 */
import { randomMac } from '#base/mac.ts'
import type { Tx } from '#store/store.ts'
import { MacAddressInUse, NetworkMacAddressGenerationFailure } from './errors.ts'
import { portMacs } from './tables.ts'

/** Times a port's address is made before giving up. */
const TURNS_MAX = 16

export interface MacRequest {
  readonly portId: string
  readonly networkId: string
  /** Null: any. */
  readonly mac: string | null
}

/** The ports' MAC addresses, in their order. @throws MacAddressInUse, NetworkMacAddressGenerationFailure */
export async function takeMacs(tx: Tx, requests: readonly MacRequest[], baseMac: string): Promise<string[]> {
  const macs = requests.map(({ mac }) => mac ?? '')
  let waiting = requests.map((_, index) => index)
  for (let turn = 0; waiting.length > 0; turn++) {
    if (turn === TURNS_MAX) throw NetworkMacAddressGenerationFailure({ net_id: requests[waiting[0]!]!.networkId })
    for (const index of waiting) if (requests[index]!.mac === null) macs[index] = randomMac(baseMac)
    const rows = waiting.map((index) => ({
      network_id: requests[index]!.networkId,
      mac_address: macs[index]!,
      port_id: requests[index]!.portId,
    }))
    if ((await tx.insertMissing(portMacs, rows)) === rows.length) break
    const mine = await tx.list(portMacs, { port_id: rows.map(({ port_id }) => port_id) })
    const held = new Set(mine.map(({ port_id, mac_address }) => `${port_id} ${mac_address}`))
    waiting = waiting.filter((index) => !held.has(`${requests[index]!.portId} ${macs[index]}`))
    const refused = waiting.map((index) => requests[index]!).find(({ mac }) => mac !== null)
    if (refused?.mac) throw MacAddressInUse({ net_id: refused.networkId, mac: refused.mac })
  }
  return macs
}

export async function giveMac(tx: Tx, networkId: string, mac: string): Promise<void> {
  await tx.remove(portMacs, { network_id: networkId, mac_address: mac })
}

export async function giveMacsOf(tx: Tx, portIds: readonly string[]): Promise<void> {
  await tx.remove(portMacs, { port_id: portIds })
}
