/** Whether a port follows the device of its host. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/port/tables.ts' {
  interface Port {
    propagate_uplink_status: boolean
  }
}

widen(ports, { propagate_uplink_status: 'boolean' })
