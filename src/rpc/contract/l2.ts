/** The L2 agents' side of the plugin, and what the server casts to them. Source: reference of agents and RPC, §4. */
import type { JsonObject } from '#base/json.ts'
import { contract, method } from '#rpc/rpc.ts'
import type { FixedIp, PortInfo } from './payloads.ts'

interface From {
  readonly agent_id: string
  readonly host: string
}

/** What a device (a port's id) is to be. With only `device`, the port is unknown or unbound. */
export interface DeviceDetails {
  readonly device: string
  readonly no_active_binding?: true
  readonly network_id?: string
  readonly port_id?: string
  readonly mac_address?: string
  readonly admin_state_up?: boolean
  readonly network_type?: string
  readonly segmentation_id?: number | null
  readonly physical_network?: string | null
  readonly mtu?: number
  readonly fixed_ips?: readonly FixedIp[]
  readonly device_owner?: string
  readonly allowed_address_pairs?: readonly { readonly ip_address: string; readonly mac_address: string }[]
  readonly port_security_enabled?: boolean
  readonly profile?: JsonObject
  readonly propagate_uplink_status?: boolean
}

/** Keys without a value are left out. */
export interface SecurityRule {
  readonly direction: 'ingress' | 'egress'
  readonly ethertype: 'IPv4' | 'IPv6'
  readonly protocol?: string
  readonly port_range_min?: number
  readonly port_range_max?: number
  readonly source_port_range_min?: number
  readonly source_port_range_max?: number
  readonly source_ip_prefix?: string
  readonly dest_ip_prefix?: string
  readonly remote_group_id?: string
  readonly remote_address_group_id?: string
  readonly stateful?: boolean
}

export interface SecurityDevice extends Omit<PortInfo, 'fixed_ips'> {
  readonly device: string
  readonly security_groups: readonly string[]
  /** The provider's own rules: DHCP answers, router advertisements. */
  readonly security_group_rules: readonly SecurityRule[]
  readonly security_group_source_groups: readonly string[]
  readonly security_group_remote_address_groups: readonly string[]
  readonly fixed_ips: readonly string[]
  readonly allowed_address_pairs: readonly { readonly ip_address: string; readonly mac_address: string }[]
  readonly port_security_enabled: boolean
}

export interface SecurityGroupInfo {
  /** Only devices under a firewall: `network:*` ports are left out. */
  readonly devices: { readonly [device: string]: SecurityDevice }
  readonly security_groups: { readonly [id: string]: readonly SecurityRule[] }
  /** Addresses of a remote group's members, each with its MAC; those of a remote address group, without one. */
  readonly sg_member_ips: {
    readonly [id: string]: {
      readonly IPv4: readonly (readonly [ip: string, mac: string | null])[]
      readonly IPv6: readonly (readonly [ip: string, mac: string | null])[]
    }
  }
}

export const l2Plugin = contract('q-plugin', '1.9', {
  get_devices_details_list_and_failed_devices: method<
    From & { devices: readonly string[] },
    { devices: readonly DeviceDetails[]; failed_devices: readonly string[] }
  >('1.5'),
  get_devices_details_list: method<From & { devices: readonly string[] }, readonly DeviceDetails[]>('1.3'),
  get_device_details: method<From & { device: string }, DeviceDetails>('1.3'),
  update_device_list: method<
    From & { devices_up: readonly string[]; devices_down: readonly string[]; refresh_tunnels?: boolean },
    {
      devices_up: readonly string[]
      failed_devices_up: readonly string[]
      devices_down: readonly { device: string; exists: boolean }[]
      failed_devices_down: readonly string[]
    }
  >('1.5'),
  update_device_up: method<From & { device: string }, null>('1.1'),
  update_device_down: method<From & { device: string }, { device: string; exists: boolean }>('1.1'),
  tunnel_sync: method<
    { tunnel_ip: string; tunnel_type: string; host: string },
    { tunnels: readonly { ip_address: string; host: string; udp_port?: number | null }[] }
  >('1.4'),
  security_group_info_for_devices: method<{ devices: readonly string[]; call_version: '1.3' }, SecurityGroupInfo>(
    '1.3',
  ),
})

/** Casts to L2 agents; each topic is a fanout. */
export const portUpdate = contract('q-agent-notifier-port-update', '1.4', {
  port_update: method<
    { port: PortInfo; network_type: string | null; segmentation_id: number | null; physical_network: string | null },
    null
  >('1.0'),
})
export const portDelete = contract('q-agent-notifier-port-delete', '1.4', {
  port_delete: method<{ port_id: string }, null>('1.0'),
})
export const bindingDeactivate = contract('q-agent-notifier-port_binding-deactivate', '1.5', {
  binding_deactivate: method<{ port_id: string; host: string; network_id: string }, null>('1.5'),
})
export const bindingActivate = contract('q-agent-notifier-port_binding-activate', '1.5', {
  binding_activate: method<{ port_id: string; host: string }, null>('1.5'),
})
export const networkDelete = contract('q-agent-notifier-network-delete', '1.4', {
  network_delete: method<{ network_id: string }, null>('1.0'),
})
export const networkUpdate = contract('q-agent-notifier-network-update', '1.4', {
  network_update: method<{ network: JsonObject }, null>('1.4'),
})
export const securityGroupUpdate = contract('q-agent-notifier-security_group-update', '1.1', {
  security_groups_rule_updated: method<{ security_groups: readonly string[] }, null>('1.1'),
  security_groups_member_updated: method<{ security_groups: readonly string[] }, null>('1.1'),
})
export const tunnelUpdate = contract('q-agent-notifier-tunnel-update', '1.4', {
  tunnel_update: method<{ tunnel_ip: string; tunnel_type: string }, null>('1.1'),
})
export const tunnelDelete = contract('q-agent-notifier-tunnel-delete', '1.4', {
  tunnel_delete: method<{ tunnel_ip: string; tunnel_type: string }, null>('1.1'),
})
