/** Topologies by project, and the external network they lead to. */
import { networks } from '#core/network/tables.ts'
import { table, widen } from '#store/store.ts'

declare module '#core/network/tables.ts' {
  interface Network {
    is_default: boolean
  }
}

widen(networks, { is_default: 'boolean' })

/** A project has one topology: its key decides who makes it when many ask at once. Null while it is being made. */
export interface Topology {
  readonly project_id: string
  readonly network_id: string | null
  readonly router_id: string | null
}

export const topologies = table<Topology>('auto_allocated_topologies', {
  project_id: 'text',
  network_id: 'text',
  router_id: 'text',
})

/** There is one default external network: the key of its only row decides. */
export interface DefaultNetwork {
  readonly place: string
  readonly network_id: string
}

export const defaultNetworks = table<DefaultNetwork>('default_external_networks', { place: 'text', network_id: 'text' })
