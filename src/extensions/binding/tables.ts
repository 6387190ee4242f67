/** The columns `binding` adds to ports. ml2 decides what stands in them. */
import type { JsonObject } from '#base/json.ts'
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/port/tables.ts' {
  interface Port {
    'binding:host_id': string
    'binding:vnic_type': string
    'binding:profile': JsonObject
    'binding:vif_type': string
    'binding:vif_details': JsonObject
  }
}

widen(ports, {
  'binding:host_id': 'text',
  'binding:vnic_type': 'text',
  'binding:profile': 'json',
  'binding:vif_type': 'text',
  'binding:vif_details': 'json',
})
