/** What is said of the network below a port. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/port/tables.ts' {
  interface Port {
    data_plane_status: 'ACTIVE' | 'DOWN' | null
  }
}

widen(ports, { data_plane_status: 'text' })
