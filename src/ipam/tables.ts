/** Addresses in use. One row is one address of one port; the primary key is what decides who has it. */
import { table } from '#store/store.ts'

export interface IpAllocation {
  readonly port_id: string
  readonly network_id: string
  readonly subnet_id: string
  readonly ip_address: string
  /** The address in hexadecimal, as wide as its family: addresses compare as their texts do. */
  readonly sort_key: string
}

export const ipAllocations = table<IpAllocation>('ip_allocations', {
  port_id: 'text',
  network_id: 'text',
  subnet_id: 'text',
  ip_address: 'text',
  sort_key: 'text',
})
