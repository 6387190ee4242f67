/** Names of ports, domains of networks and ports, and the subnets that are to be published. */
import { networks } from '#core/network/tables.ts'
import { ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    dns_domain: string
  }
}
declare module '#core/port/tables.ts' {
  interface Port {
    dns_name: string
    dns_domain: string
  }
}
declare module '#core/subnet/tables.ts' {
  interface Subnet {
    dns_publish_fixed_ip: boolean
  }
}

widen(networks, { dns_domain: 'text' })
widen(ports, { dns_name: 'text', dns_domain: 'text' })
widen(subnets, { dns_publish_fixed_ip: 'boolean' })
