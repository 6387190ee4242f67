/**
 * What is asked of both servers about agents, what is scheduled to them, and the ports that they bind. Upstream asks a
 * living L3 agent before it gives it a router, and there is none: that is left out.
 */
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const id = (tail: string) => `00000000-0000-4000-8000-0000000000${tail}`

export interface SeededAgent {
  readonly id: string
  readonly agent_type: string
  readonly binary: string
  readonly topic: string
  readonly host: string
  readonly configurations: object
}

const OVS = {
  tunnel_types: ['vxlan'],
  tunneling_ip: '192.0.2.1',
  bridge_mappings: { physnet1: 'br-ex' },
  datapath_type: 'system',
  ovs_hybrid_plug: false,
  ovs_capabilities: { datapath_types: ['netdev', 'system'], iface_types: ['dpdk'] },
  vhostuser_socket_dir: '/var/run/openvswitch',
  integration_bridge: 'br-int',
  devices: 3,
}

/** Agents both servers are given, as if they had reported. */
export const AGENTS: readonly SeededAgent[] = [
  {
    id: id('a1'),
    agent_type: 'Open vSwitch agent',
    binary: 'neutron-openvswitch-agent',
    topic: 'N/A',
    host: 'host1',
    configurations: OVS,
  },
  {
    id: id('a2'),
    agent_type: 'DHCP agent',
    binary: 'neutron-dhcp-agent',
    topic: 'dhcp_agent',
    host: 'host1',
    configurations: { networks: 1, dhcp_driver: 'dnsmasq' },
  },
  {
    id: id('a3'),
    agent_type: 'L3 agent',
    binary: 'neutron-l3-agent',
    topic: 'l3_agent',
    host: 'host1',
    configurations: { agent_mode: 'legacy', routers: 0, handle_internal_only_routers: true },
  },
  {
    id: id('a4'),
    agent_type: 'L3 agent',
    binary: 'neutron-l3-agent',
    topic: 'l3_agent',
    host: 'host2',
    configurations: { agent_mode: 'legacy', handle_internal_only_routers: true },
  },
  {
    id: id('a5'),
    agent_type: 'Open vSwitch agent',
    binary: 'neutron-openvswitch-agent',
    topic: 'N/A',
    host: 'host2',
    configurations: { ...OVS, tunneling_ip: '192.0.2.2' },
  },
]
const [ovs, dhcp, l3, l3b] = AGENTS.map((agent) => agent.id)

const net = (network: object) => ({ network }) as never
const port = (one: object) => ({ port: { network_id: '{n}', ...one } }) as never

const agents: readonly Step[] = [
  get('/agents', admin),
  get('/agents?agent_type=L3 agent&host=host2'.replace(' ', '%20'), admin),
  get('/agents?alive=true&binary=neutron-dhcp-agent', admin),
  get('/agents?alive=false', admin),
  get('/agents?admin_state_up=false', admin),
  get('/agents?host=host1&fields=host&fields=alive', admin),
  get('/agents?limit=2&sort_key=host&sort_dir=desc&fields=host', admin),
  get(`/agents/${ovs}`, admin),
  get(`/agents/${ovs}`),
  get('/agents'),
  put(`/agents/${l3b}`, { agent: { description: 'second', admin_state_up: false } }, admin),
  put(`/agents/${l3b}`, { agent: { host: 'x' } }, admin),
  put(`/agents/${l3b}`, { agent: { admin_state_up: 'x' } }, admin),
  put(`/agents/${l3b}`, { agent: { admin_state_up: true } }),
  get(`/agents/${l3b}`, admin),
  put(`/agents/${l3b}`, { agent: { admin_state_up: true } }, admin),

  post('/networks', net({ name: 'n' }), { save: 'n' }),
  post('/subnets', { subnet: { network_id: '{n}', cidr: '10.0.0.0/24', ip_version: 4 } }, { save: 's' }),
  post('/ports', port({ name: 'bound', device_owner: 'compute:nova', device_id: 'vm', 'binding:host_id': 'host1' }), {
    as: 'admin',
    save: 'p',
  }),
  get('/ports/{p}'),
  get('/ports/{p}', admin),
  put('/ports/{p}', { port: { mac_address: 'fa:16:3e:00:0a:01' } }, admin),
  put('/ports/{p}', { port: { 'binding:host_id': 'nowhere' } }, admin),
  put('/ports/{p}', { port: { 'binding:host_id': 'host1' } }, admin),
  put('/ports/{p}', { port: { 'binding:vnic_type': 'direct' } }, admin),
  put('/ports/{p}', { port: { 'binding:vnic_type': 'normal', admin_state_up: false } }, admin),
  put('/ports/{p}', { port: { 'binding:host_id': '' } }, admin),
  post('/networks', net({ name: 'v', 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1' }), {
    as: 'admin',
    save: 'v',
  }),
  post('/ports', port({ network_id: '{v}', name: 'vlan', 'binding:host_id': 'host1' }), admin),
  post('/networks', net({ name: 'f', 'provider:network_type': 'flat', 'provider:physical_network': 'elsewhere' }), {
    as: 'admin',
    save: 'f',
  }),
  post('/ports', port({ network_id: '{f}', name: 'flat', 'binding:host_id': 'host1' }), admin),

  get('/networks/{n}/dhcp-agents', admin),
  get('/networks/{n}/dhcp-agents'),
  get(`/agents/${dhcp}/dhcp-networks`, admin),
  post(`/agents/${dhcp}/dhcp-networks`, { network_id: '{n}' }, admin),
  post(`/agents/${dhcp}/dhcp-networks`, { network_id: '{n}' }),
  post(`/agents/${l3}/dhcp-networks`, { network_id: '{n}' }, admin),
  post(`/agents/${dhcp}/dhcp-networks`, { network_id: '{missing}' }, admin),
  del(`/agents/${dhcp}/dhcp-networks/{n}`, admin),
  del(`/agents/${dhcp}/dhcp-networks/{n}`, admin),
  get('/networks/{n}/dhcp-agents', admin),
  post(`/agents/${dhcp}/dhcp-networks`, { network_id: '{n}' }, admin),
  get(`/agents/${dhcp}/dhcp-networks`, admin),

  post('/routers', { router: { name: 'r' } }, { save: 'r' }),
  get('/routers/{r}/l3-agents', admin),
  get('/routers/{r}/l3-agents'),
  post(`/agents/${dhcp}/l3-routers`, { router_id: '{r}' }, admin),
  post(`/agents/${l3}/l3-routers`, { router_id: '{missing}' }, admin),
  get(`/agents/${l3}/l3-routers`, admin),
  del(`/agents/${l3b}/l3-routers/{r}`, admin),
  del(`/agents/${l3}/l3-routers/{r}`, admin),
  del(`/agents/${l3}/l3-routers/{r}`, admin),
  put(`/agents/${l3}`, { agent: { admin_state_up: false } }, admin),
  del(`/agents/${l3b}`, admin),
  get(`/agents/${l3b}`, admin),
  del(`/agents/${ovs}`),
]

export default { agents: { steps: agents, agents: true } } satisfies Scenarios
