/**
 * What an L2 agent has to know of ports, for many ports at once: four statements whatever the number. A port that is
 * unknown, or bound to no segment, has no details.
 * Source: reference of agents and RPC, §4, `get_devices_details_list`.
 */
import { networks } from '#core/network/tables.ts'
import { type Port, ports } from '#core/port/tables.ts'
import type { DeviceDetails } from '#rpc/contract/l2.ts'
import type { Tx } from '#store/store.ts'
import { bindingLevels, networkSegments } from './tables.ts'

export interface BoundPort {
  readonly port: Port
  /** Null when the port is bound to no segment. */
  readonly details: DeviceDetails | null
}

/** By port id; ports that do not exist are left out. */
export async function deviceDetails(tx: Tx, portIds: readonly string[]): Promise<Map<string, BoundPort>> {
  if (portIds.length === 0) return new Map()
  const rows = await tx.list(ports, { id: portIds })
  const bound = await tx.list(bindingLevels, { port_id: rows.map(({ id }) => id), level: 0 })
  const networkIds = [...new Set(rows.map(({ network_id }) => network_id))]
  const mtus = new Map((await tx.list(networks, { id: networkIds })).map(({ id, mtu }) => [id, mtu]))
  const segments = new Map(
    (await tx.list(networkSegments, { network_id: networkIds })).map((segment) => [segment.id, segment]),
  )
  const hostOf = new Map(rows.map((port) => [port.id, port['binding:host_id']]))
  const segmentOf = new Map(
    bound
      .filter(({ port_id, host }) => host === hostOf.get(port_id))
      .map(({ port_id, segment_id }) => [port_id, segments.get(segment_id)]),
  )
  return new Map(
    rows.map((port): [string, BoundPort] => {
      const segment = segmentOf.get(port.id)
      if (!segment) return [port.id, { port, details: null }]
      const details: DeviceDetails = {
        device: port.id,
        port_id: port.id,
        network_id: port.network_id,
        mac_address: port.mac_address,
        admin_state_up: port.admin_state_up,
        network_type: segment.network_type,
        segmentation_id: segment.segmentation_id,
        physical_network: segment.physical_network,
        mtu: mtus.get(port.network_id) ?? 0,
        fixed_ips: port.fixed_ips,
        device_owner: port.device_owner,
        allowed_address_pairs: port.allowed_address_pairs,
        port_security_enabled: port.port_security_enabled,
        profile: port['binding:profile'],
        propagate_uplink_status: port.propagate_uplink_status,
      }
      return [port.id, { port, details }]
    }),
  )
}
