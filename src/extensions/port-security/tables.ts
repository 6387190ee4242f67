/** The flag of ports, and what new ports of a network have. */
import { networks } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    port_security_enabled: boolean
  }
}
declare module '#core/port/tables.ts' {
  interface Port {
    port_security_enabled: boolean
  }
}

widen(networks, { port_security_enabled: 'boolean' })
widen(ports, { port_security_enabled: 'boolean' })
