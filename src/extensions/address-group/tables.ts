/** Address groups as rows. */
import { type StandardRow, standardKinds } from '#store/standard.ts'
import { table } from '#store/store.ts'

export interface AddressGroup extends StandardRow {
  /** Blocks without host bits, in the order they came. */
  addresses: readonly string[]
}

export const addressGroups = table<AddressGroup>('address_groups', { ...standardKinds, addresses: 'json' })

/** The resource under which the change log tells that addresses have joined or left a group. */
export const ADDRESSES = 'address_group_address'
