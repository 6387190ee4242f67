/** The DHCP agents' side of the plugin, and what the server casts to them. Source: reference of agents and RPC, §6. */
import type { JsonObject } from '#base/json.ts'
import { contract, method } from '#rpc/rpc.ts'
import type { FixedIp, PortInfo, SubnetInfo } from './payloads.ts'

/** A network with all that is on it. Subnets are sorted by id. */
export interface NetworkInfo {
  readonly id: string
  readonly project_id: string
  readonly tenant_id?: string
  readonly admin_state_up: boolean
  readonly mtu: number
  readonly subnets: readonly SubnetInfo[]
  readonly non_local_subnets: readonly SubnetInfo[]
  readonly ports: readonly PortInfo[]
}

interface NewDhcpPort {
  readonly name: string
  readonly admin_state_up: boolean
  readonly device_id: string
  readonly network_id: string
  readonly project_id: string
  readonly fixed_ips: readonly { readonly subnet_id: string }[]
}

export const dhcpPlugin = contract('q-plugin', '1.10', {
  /** Networks this agent is to serve; unhosted ones are given to it first. */
  get_active_networks_info: method<{ host: string; enable_dhcp_filter?: boolean }, readonly NetworkInfo[]>('1.1'),
  get_network_info: method<{ network_id: string; host: string }, NetworkInfo | null>('1.0'),
  /** The port with that device_id, made if it is not there. */
  create_dhcp_port: method<{ host: string; port: { port: NewDhcpPort } }, PortInfo | null>('1.1'),
  update_dhcp_port: method<
    {
      host: string
      port_id: string
      port: { port: { network_id: string; fixed_ips?: readonly Partial<FixedIp>[]; device_id?: string } }
    },
    PortInfo | null
  >('1.1'),
  release_dhcp_port: method<{ host: string; network_id: string; device_id: string }, null>('1.1'),
  dhcp_ready_on_ports: method<{ port_ids: readonly string[] }, null>('1.5'),
})

/** Casts to one agent; each has the single argument `payload`. */
export const dhcpAgent = contract('dhcp_agent', '1.0', {
  network_create_end: method<{ payload: JsonObject }, null>('1.0'),
  network_update_end: method<{ payload: JsonObject }, null>('1.0'),
  network_delete_end: method<{ payload: JsonObject }, null>('1.0'),
  subnet_create_end: method<{ payload: JsonObject }, null>('1.0'),
  subnet_update_end: method<{ payload: JsonObject }, null>('1.0'),
  subnet_delete_end: method<{ payload: JsonObject }, null>('1.0'),
  port_create_end: method<{ payload: JsonObject }, null>('1.0'),
  port_update_end: method<{ payload: JsonObject }, null>('1.0'),
  port_delete_end: method<{ payload: JsonObject }, null>('1.0'),
  agent_updated: method<{ payload: JsonObject }, null>('1.0'),
})
