/** The profile of accelerators a port is to have. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/port/tables.ts' {
  interface Port {
    device_profile: string | null
  }
}

widen(ports, { device_profile: 'text' })
