/** Which DHCP agents serve a network. */
import { table } from '#store/store.ts'

export interface NetworkDhcpAgent {
  network_id: string
  dhcp_agent_id: string
  /** From 1; unique within the network, so that two schedulers cannot both take the last place. */
  binding_index: number
}

export const networkDhcpAgents = table<NetworkDhcpAgent>('network_dhcp_agents', {
  network_id: 'text',
  dhcp_agent_id: 'text',
  binding_index: 'integer',
})
