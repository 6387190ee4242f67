/** The flag of networks, and its copy on their subnets, because lists of subnets are filtered by it. */
import { networks } from '#core/network/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    'router:external': boolean
  }
}
declare module '#core/subnet/tables.ts' {
  interface Subnet {
    'router:external': boolean
  }
}

widen(networks, { 'router:external': 'boolean' })
widen(subnets, { 'router:external': 'boolean' })
