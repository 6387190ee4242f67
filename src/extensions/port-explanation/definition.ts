/** The explanation of a port as an extension: no resource and no attribute, one path (plugin.ts). Of our own. */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'port-explanation',
  name: 'Port explanation',
  description: 'Why a port works, or does not yet.',
  updated: '2026-11-23T00:00:00-00:00',
  requires: ['port', 'ml2', 'agent', 'dhcp_agent_scheduler', 'net-mtu'],
  unlisted: true,
})
