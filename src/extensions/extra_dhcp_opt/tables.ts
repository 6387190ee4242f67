/** The extra DHCP options of a port: read with it by its DHCP agents, never looked up by. */
import { ports } from '#core/port/tables.ts'
import { widen } from '#store/store.ts'

export interface DhcpOption {
  /** dnsmasq's name of it, or its number; `tag:<tag>,` before it narrows it down to clients with that tag. */
  readonly opt_name: string
  readonly opt_value: string
  readonly ip_version: 4 | 6
}

declare module '#core/port/tables.ts' {
  interface Port {
    extra_dhcp_opts: readonly DhcpOption[]
  }
}

widen(ports, { extra_dhcp_opts: 'json' })
