/** Ports as rows, the MAC addresses they hold, and what keeps them from going ACTIVE. */
import { type StandardRow, standardKinds, type TaggedRow, taggedKinds } from '#store/standard.ts'
import { type Table, table } from '#store/store.ts'

export { type IpAllocation, ipAllocations } from '#ipam/tables.ts'

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

interface Base extends StandardRow, TaggedRow {
  network_id: string
  mac_address: string
  admin_state_up: boolean
  status: string
  device_id: string
  device_owner: string
  /** As in `ip_allocations`, in the order asked for. */
  fixed_ips: readonly FixedIp[]
}

export interface Port extends Base {}

export const ports = table<Base>('ports', {
  ...standardKinds,
  ...taggedKinds,
  network_id: 'text',
  mac_address: 'text',
  admin_state_up: 'boolean',
  status: 'text',
  device_id: 'text',
  device_owner: 'text',
  fixed_ips: 'json',
}) as Table<Port>

/** Who has a MAC address on a network: its key decides, before the port itself is written. */
export interface PortMac {
  readonly network_id: string
  readonly mac_address: string
  readonly port_id: string
}

export const portMacs = table<PortMac>('port_macs', { network_id: 'text', mac_address: 'text', port_id: 'text' })

/** Work that has to be done on a host before the port may go ACTIVE. */
export interface ProvisioningBlock {
  readonly port_id: string
  /** `L2` or `DHCP`. */
  readonly entity: string
}

export const provisioningBlocks = table<ProvisioningBlock>('provisioning_blocks', { port_id: 'text', entity: 'text' })
