/** A port that works, as facts and evidence: what the tests of the pure parts begin with. */
import type { Port } from '#core/port/tables.ts'
import type { DhcpEvidence, L2Evidence, MetadataEvidence } from '#rpc/contract/evidence.ts'
import type { Evidence } from './evidence.ts'
import type { Facts, KnownAgent } from './facts.ts'

export const NOW = Date.parse('2026-11-23T01:00:00Z')
const MADE = '2026-11-23T00:50:00Z'
const SEGMENT = { id: 's', network_type: 'vxlan', physical_network: null, segmentation_id: 5 }

export function agent(agent_type: string, binary: string, more: Partial<KnownAgent> = {}): KnownAgent {
  return {
    id: binary,
    agent_type,
    binary,
    topic: '',
    host: 'h',
    admin_state_up: true,
    created_at: '2026-11-20 00:00:00',
    started_at: '2026-11-23 00:00:00',
    heartbeat_timestamp: '2026-11-23 00:59:59',
    availability_zone: null,
    description: null,
    configurations: { tunnel_types: ['vxlan'], bridge_mappings: {} },
    alive: true,
    ...more,
  }
}

export const L2 = agent('Open vSwitch agent', 'neutron-openvswitch-agent')
export const DHCP = agent('DHCP agent', 'neutron-dhcp-agent')
export const METADATA = agent('Metadata agent', 'neutron-metadata-agent')
export const L3 = agent('L3 agent', 'neutron-l3-agent')

export function port(more: Partial<Port> = {}): Port {
  return {
    id: 'p',
    project_id: 'a',
    name: 'one',
    network_id: 'n',
    mac_address: 'fa:16:3e:00:00:01',
    admin_state_up: true,
    status: 'ACTIVE',
    device_id: 'i',
    device_owner: 'compute:nova',
    fixed_ips: [{ subnet_id: 'v4', ip_address: '10.0.0.3' }],
    created_at: MADE,
    updated_at: MADE,
    'binding:host_id': 'h',
    'binding:vif_type': 'ovs',
    ...more,
  } as Port
}

export function facts(more: Partial<Facts> = {}): Facts {
  return {
    now: NOW,
    port: port(),
    network: { id: 'n', admin_state_up: true, mtu: 1450, updated_at: MADE } as Facts['network'],
    subnets: [{ id: 'v4', cidr: '10.0.0.0/24', enable_dhcp: true } as Facts['subnets'][number]],
    verdicts: { segments: [SEGMENT], drivers: [] },
    bound: { driver: 'openvswitch', segment: SEGMENT },
    blocks: [],
    history: [],
    untold: { lines: [] },
    wiringTypes: ['Open vSwitch agent'],
    agents: [L2, DHCP, METADATA],
    dhcpAgents: [DHCP],
    livingDhcpAgents: 1,
    routerAgents: [],
    metadataAgents: [METADATA],
    interfaces: [],
    ...more,
  }
}

export const WIRED: L2Evidence = {
  device: { name: 'tapp', ofport: 4, error: null, admin_state: 'up', link_state: 'up', mtu: 1450, tag: 7 },
  integration_bridge: 'br-int',
  known: true,
  admin_state_up: true,
  unreachable: null,
  lacking: [],
  flows: { wanted: 50, missing: 0, foreign: 0, examples: [] },
  rules: 4,
  failing: null,
}

export const SERVED: DhcpEvidence = {
  serves: true,
  netns: 'qdhcp-n',
  plan: [],
  dnsmasq: { alive: true, died_at: null, wanted: true },
  entries: { wanted: ['fa:16:3e:00:00:01,host,10.0.0.3'], missing: [] },
  loaded: true,
  hosts_file: '/dhcp/n/host',
  proxy: 'listening',
  failing: null,
}

export const ANSWERED: MetadataEvidence = {
  nova: { url: 'http://nova:8775', status: 200, error: null },
  answered: {},
  last_at: null,
}

export function evidence(more: Partial<Evidence> = {}): Evidence {
  return {
    wiring: { agent: L2, told: { said: WIRED } },
    dhcp: [{ agent: DHCP, told: { said: SERVED } }],
    routers: [],
    metadata: [{ agent: METADATA, told: { said: ANSWERED } }],
    ...more,
  }
}
