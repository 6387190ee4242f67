/** The MTU of networks. ml2 puts the largest possible in the place of zero. */
import { networks } from '#core/network/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    mtu: number
  }
}

widen(networks, { mtu: 'integer' })
