/** What segments add to subnets and ports. The segments themselves are ml2's. */
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/subnet/tables.ts' {
  interface Subnet {
    segment_id: string | null
  }
}
declare module '#core/port/tables.ts' {
  interface Port {
    ip_allocation: 'immediate' | 'deferred' | 'none'
  }
}

widen(subnets, { segment_id: 'text' })
widen(ports, { ip_allocation: 'text' })
