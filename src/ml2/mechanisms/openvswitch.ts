/**
 * Mechanism driver `openvswitch`: binds a port to the first segment that the Open vSwitch agent on the port's host can
 * reach. It only decides: ml2/binding.ts records the verdict, the L2 agent plugs the port.
 * Source: ML2's bind_port contract; VIF types and details as Nova's os-vif reads them.
 */
import type { JsonObject } from '#base/json.ts'
import { type Agent, bind, type MechanismDriver, type PortToBind, refuse, type Segment } from '#ml2/driver.ts'

const AGENT_TYPE = 'Open vSwitch agent'
const TUNNEL_TYPES: readonly string[] = ['gre', 'vxlan', 'geneve']
const VNIC_TYPES: readonly string[] = ['normal', 'direct', 'smart-nic', 'vdpa']
const VHOST_USER = 'dpdkvhostuser'
const VHOST_USER_CLIENT = 'dpdkvhostuserclient'
/** The kernel's limit on names of devices, which the socket's name follows. */
const DEVICE_NAME_MAX = 14

export interface OpenvswitchSettings {
  readonly prohibitedVnicTypes: readonly string[]
  readonly createTap: boolean
  /** Whether security groups are on. */
  readonly portFilter: boolean
}

export function openvswitch(settings: OpenvswitchSettings): MechanismDriver {
  const vnicTypes = VNIC_TYPES.filter((type) => !settings.prohibitedVnicTypes.includes(type))
  return {
    name: 'openvswitch',
    agentType: AGENT_TYPE,
    vnicTypes,

    async bindPort(port, segments) {
      if (!vnicTypes.includes(port.vnicType)) return refuse(`VNIC type ${port.vnicType} is not this driver's`)
      if (port.vnicType === 'direct' && !capabilitiesOf(port).includes('switchdev')) {
        return refuse('VNIC type direct without the capability switchdev')
      }
      const agent = await port.agent(AGENT_TYPE)
      if (!agent?.alive) return refuse(`no live ${AGENT_TYPE} on host ${port.host}`)
      if (port.vnicType === 'smart-nic' && agent.configurations.baremetal_smartnic !== true) {
        return refuse(`${AGENT_TYPE} on host ${port.host} has no smart NIC`)
      }
      const segment = segments.find((candidate) => canReach(agent, candidate))
      if (!segment) return refuse(`${AGENT_TYPE} on host ${port.host} reaches none of the segments`)

      return bind(segment, vifOf(port, agent, settings))
    },
  }
}

function canReach({ configurations }: Agent, { network_type, physical_network }: Segment): boolean {
  if (network_type === 'local') return true
  if (TUNNEL_TYPES.includes(network_type)) return listOf(configurations.tunnel_types).includes(network_type)
  const mappings = configurations.bridge_mappings
  return physical_network !== null && isObject(mappings) && Object.hasOwn(mappings, physical_network)
}

/** What whoever plugs the port has to know. */
function vifOf(port: PortToBind, { configurations }: Agent, { createTap, portFilter }: OpenvswitchSettings) {
  const capabilities = isObject(configurations.ovs_capabilities) ? configurations.ovs_capabilities : {}
  const interfaces = listOf(capabilities.iface_types)
  const datapath = textOf(configurations.datapath_type) ?? 'system'
  const bridge = textOf(configurations.integration_bridge)
  const common = { datapath_type: datapath, ...(bridge === null ? {} : { bridge_name: bridge }) }
  const vhost = interfaces.includes(VHOST_USER) || interfaces.includes(VHOST_USER_CLIENT)
  if (vhost && datapath === 'netdev' && port.vnicType !== 'direct') {
    const folder = textOf(configurations.vhostuser_socket_dir) ?? '/var/run/openvswitch'
    return {
      vif_type: 'vhostuser',
      vif_details: {
        port_filter: false,
        ovs_hybrid_plug: false,
        vhostuser_mode: interfaces.includes(VHOST_USER_CLIENT) ? 'server' : 'client',
        vhostuser_ovs_plug: true,
        vhostuser_socket: `${folder}/${`vhu${port.id}`.slice(0, DEVICE_NAME_MAX)}`,
        ...common,
      } as JsonObject,
    }
  }
  const hybrid = configurations.ovs_hybrid_plug === true
  const tap = createTap && datapath === 'system' && port.vnicType !== 'direct' && !hybrid
  return {
    vif_type: 'ovs',
    vif_details: {
      port_filter: portFilter,
      connectivity: 'l2',
      ovs_hybrid_plug: hybrid,
      ...(tap ? { ovs_create_tap: true } : {}),
      ...common,
    } as JsonObject,
  }
}

function capabilitiesOf({ profile }: PortToBind): readonly string[] {
  return listOf(profile.capabilities)
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null
}
