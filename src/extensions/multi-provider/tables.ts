/** What a network that is carried in several ways shows of them; null otherwise. ml2 fills it in. */
import { networks } from '#core/network/tables.ts'
import { widen } from '#store/store.ts'

/** A way a network is carried, as clients say and see it. */
export interface ShownSegment {
  readonly 'provider:network_type': string | null
  readonly 'provider:physical_network': string | null
  readonly 'provider:segmentation_id': number | null
}

declare module '#core/network/tables.ts' {
  interface Network {
    segments: readonly ShownSegment[] | null
  }
}

widen(networks, { segments: 'json' })
