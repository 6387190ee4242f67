import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Agent, Segment } from '#ml2/driver.ts'
import { openvswitch } from './openvswitch.ts'

const driver = openvswitch({ prohibitedVnicTypes: [], createTap: true, portFilter: true })
const segment = (network_type: string, physical_network: string | null = null): Segment => ({
  id: network_type,
  network_type,
  physical_network,
  segmentation_id: 1,
})
const configurations = {
  tunnel_types: ['vxlan'],
  bridge_mappings: { physnet1: 'br-ex' },
  integration_bridge: 'br-int',
  datapath_type: 'system',
  ovs_hybrid_plug: false,
}
const agent: Agent = { agent_type: 'Open vSwitch agent', host: 'h', alive: true, configurations }
const port = (found: Agent | null, more: object = {}) => ({
  id: '0123456789abcdef',
  host: 'h',
  vnicType: 'normal',
  profile: {},
  agent: async () => found,
  ...more,
})
const withConfig = (more: object): Agent => ({ ...agent, configurations: { ...configurations, ...more } })

const cases: { [title: string]: [Agent | null, Segment[], object, string | null] } = {
  'a tunnel the agent has': [agent, [segment('vxlan')], {}, 'vxlan'],
  'the first segment it reaches': [agent, [segment('gre'), segment('vlan', 'physnet1')], {}, 'vlan'],
  'a local network': [agent, [segment('local')], {}, 'local'],
  'a tunnel it has not': [agent, [segment('geneve')], {}, null],
  'a physical network without a bridge': [agent, [segment('flat', 'elsewhere')], {}, null],
  'no agent': [null, [segment('vxlan')], {}, null],
  'a dead agent': [{ ...agent, alive: false }, [segment('vxlan')], {}, null],
  'a VNIC type it does not know': [agent, [segment('vxlan')], { vnicType: 'macvtap' }, null],
  'a direct VNIC without switchdev': [agent, [segment('vxlan')], { vnicType: 'direct' }, null],
  'a direct VNIC with switchdev': [
    agent,
    [segment('vxlan')],
    { vnicType: 'direct', profile: { capabilities: ['switchdev'] } },
    'vxlan',
  ],
  'a smart NIC where there is none': [agent, [segment('vxlan')], { vnicType: 'smart-nic' }, null],
}

for (const [title, [found, segments, more, expected]] of Object.entries(cases)) {
  test(`openvswitch: ${title}: ${expected === null ? 'refused' : 'bound'}`, async () => {
    const verdict = await driver.bindPort(port(found, more), segments)
    assert.equal(verdict.bound ? verdict.segment.id : null, expected)
  })
}

test('openvswitch: whoever plugs the port learns the bridge, the datapath and whether to make the tap', async () => {
  const verdict = await driver.bindPort(port(agent), [segment('vxlan')])
  assert.deepEqual(verdict.bound && { vif_type: verdict.vif_type, vif_details: verdict.vif_details }, {
    vif_type: 'ovs',
    vif_details: {
      port_filter: true,
      connectivity: 'l2',
      ovs_hybrid_plug: false,
      ovs_create_tap: true,
      datapath_type: 'system',
      bridge_name: 'br-int',
    },
  })
})

test('openvswitch: a hybrid plug or a user space datapath makes its own tap', async () => {
  for (const more of [{ ovs_hybrid_plug: true }, { datapath_type: 'netdev' }]) {
    const verdict = await driver.bindPort(port(withConfig(more)), [segment('vxlan')])
    assert.ok(verdict.bound && !('ovs_create_tap' in verdict.vif_details))
  }
})

test('openvswitch: where the datapath has vhost-user sockets, the port gets one', async () => {
  const dpdk = withConfig({
    datapath_type: 'netdev',
    ovs_capabilities: { iface_types: ['dpdkvhostuser', 'dpdkvhostuserclient'] },
    vhostuser_socket_dir: '/run/vhost',
  })
  const verdict = await driver.bindPort(port(dpdk), [segment('vxlan')])
  assert.deepEqual(verdict.bound && { vif_type: verdict.vif_type, vif_details: verdict.vif_details }, {
    vif_type: 'vhostuser',
    vif_details: {
      port_filter: false,
      ovs_hybrid_plug: false,
      vhostuser_mode: 'server',
      vhostuser_ovs_plug: true,
      vhostuser_socket: '/run/vhost/vhu0123456789a',
      datapath_type: 'netdev',
      bridge_name: 'br-int',
    },
  })
})
