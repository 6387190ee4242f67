/** Explanations as an extension: no resource and no attribute, a path each (plugin.ts). Of our own. */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'explanation',
  name: 'Explanations',
  description: 'Why a port, router or floating IP works, or does not yet.',
  updated: '2026-11-23T00:00:00-00:00',
  requires: ['port', 'ml2', 'agent', 'dhcp_agent_scheduler', 'net-mtu', 'security-group'],
  unlisted: true,
})
