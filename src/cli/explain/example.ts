/** A port whose flow was deleted by hand, as the server explains it: what the guide shows and the tests draw. */
import type { PortExplanation, Step, StepName, StepState } from '#extensions/explanation/contract.ts'

const MADE = '2026-11-23T00:52:34Z'
const UP = '2026-11-23T00:52:35Z'

export function step(name: StepName, state: StepState, evidence: string, more: Partial<Step> = {}): Step {
  return { step: name, state, at: null, since: null, evidence, owner: null, mend: null, details: {}, ...more }
}

const WIRED = step(
  'wired',
  'missing',
  '1 of 99 flows is missing, on br-int: table=60,priority=100,in_port=4,actions=load:0x4->NXM_NX_REG5[]',
  {
    owner: 'neutron-openvswitch-agent on compute-7',
    mend: 'on compute-7: systemctl restart neutron-openvswitch-agent (it reads all flows again by itself within 5 minutes)',
  },
)

export const FLOW_DELETED: PortExplanation = {
  port_id: '53b23e79-7f10-495b-b718-905f4cbe19d3',
  name: 'web',
  status: 'ACTIVE',
  steps: [
    step('created', 'done', 'web, fa:16:3e:4c:f3:ca, of compute:nova 795c0a5d-6807-4cf7-93be-ba8f8a20ce5a', {
      at: MADE,
    }),
    step('enabled', 'done', 'port and network are administratively up', { at: MADE }),
    step('addressed', 'done', '10.43.0.185 of 10.43.0.0/24', { at: MADE }),
    step('placed', 'done', 'it goes to host compute-7', { at: MADE }),
    step('agent', 'done', 'neutron-openvswitch-agent on compute-7 is alive', { at: '2026-11-20T08:00:00Z' }),
    step('bound', 'done', 'as ovs by openvswitch to vxlan 92345', { at: MADE }),
    step('told', 'done', 'every change of the port was told to the agents', { at: MADE }),
    step('plugged', 'done', 'tap53b23e79-7f is port 4 of br-int', { at: UP }),
    step('mtu', 'done', 'tap53b23e79-7f lets packets of 1450 bytes pass, its network 1450'),
    WIRED,
    step('dhcp_agent', 'done', 'the network is served by neutron-dhcp-agent on network-1'),
    step('dhcp_server', 'done', 'dnsmasq answers in qdhcp-a2f1e221-beb7-4173-b8d6-6fb0221b11f2 on network-1'),
    step('dhcp_entry', 'done', "dnsmasq on network-1 knows 'fa:16:3e:4c:f3:ca,host-10-43-0-185,10.43.0.185'"),
    step('reported', 'done', 'the port is ACTIVE', { at: UP }),
    step('metadata', 'done', 'Nova at http://nova:8775 answers neutron-metadata-agent on network-1 for the instance'),
    step(
      'nova',
      'not_applicable',
      'this release tells Nova nothing of ports: nova-compute sees that the device is plugged',
    ),
  ],
  cause: WIRED,
}
