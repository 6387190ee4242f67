/** `dhcp_agent_scheduler` as data; its paths are served by routes.ts. Source: Networking API v2.0, "DHCP agent scheduler". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'dhcp_agent_scheduler',
  name: 'DHCP Agent Scheduler',
  description: 'Schedule networks among dhcp agents',
  updated: '2013-02-07T10:00:00-00:00',
  requires: ['agent', 'network', 'subnet', 'port'],
})
