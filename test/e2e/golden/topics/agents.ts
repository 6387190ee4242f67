/** Agents and what they host. */
import type { Topic } from '../topic.ts'

export const AGENT_TOPICS: readonly Topic[] = [
  {
    title: 'agents',
    world: 'same',
    beats: true,
    lines: [
      'agent-list',
      'agent-list --sort-key host --sort-key agent_type',
      'agent-list --sort-key agent_type --sort-dir desc -c id -c alive',
      'agent-list --binary neutron-dhcp-agent --host host-1',
      'agent-list --host nowhere',
      'agent-list -f json --alive True',
      'agent-list -f csv -c host -c alive',
      'agent-list -f yaml -c host -c alive -c admin_state_up',
      'agent-list -f value -c agent_type',
      'agent-list -D --host host-1 --agent_type "DHCP agent"',
      'agent-list -F host -F alive',
      'agent-show {ovs}',
      'agent-show {ovs} -f json -c configurations -c alive',
      'agent-show {ovs} -F host -F configurations',
      'agent-show {dead_dhcp} -c alive -c host',
      'agent-show {dhcp} -f shell -c host -c configurations',
      'agent-show {dhcp} -f yaml -c configurations',
      'agent-show {dhcp} -f value -c configurations',
      'agent-show host-1',
      'agent-show',
    ],
  },
]
