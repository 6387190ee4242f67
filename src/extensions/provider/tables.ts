/** The columns `provider` adds to networks. ml2 fills them in. */
import { networks } from '#core/network/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    'provider:network_type': string | null
    'provider:physical_network': string | null
    'provider:segmentation_id': number | null
  }
}

widen(networks, {
  'provider:network_type': 'text',
  'provider:physical_network': 'text',
  'provider:segmentation_id': 'integer',
})
