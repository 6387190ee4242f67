/** What a port may use besides its own addresses, as it was sent. Read with the port, never looked up by. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

export interface AddressPair {
  /** An address or a block. */
  readonly ip_address: string
  readonly mac_address: string
}

declare module '#core/port/tables.ts' {
  interface Port {
    allowed_address_pairs: readonly AddressPair[]
  }
}

widen(ports, { allowed_address_pairs: 'json' })
