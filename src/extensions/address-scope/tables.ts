/** Address scopes as rows, and the scope of a pool. */
import { subnetpools } from '#core/subnetpool/tables.ts'
import { table, widen } from '#store/store.ts'

export interface AddressScope {
  id: string
  project_id: string | null
  name: string
  ip_version: 4 | 6
}

export const addressScopes = table<AddressScope>('address_scopes', {
  id: 'text',
  project_id: 'text',
  name: 'text',
  ip_version: 'integer',
})

declare module '#core/subnetpool/tables.ts' {
  interface Subnetpool {
    address_scope_id: string | null
  }
}

widen(subnetpools, { address_scope_id: 'text' })
