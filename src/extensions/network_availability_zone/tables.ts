/** The zones a network is wanted in. */
import { networks } from '#core/network/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    availability_zone_hints: readonly string[]
  }
}

widen(networks, { availability_zone_hints: 'json' })
