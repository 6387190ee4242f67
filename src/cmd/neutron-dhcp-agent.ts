/** The DHCP agent as a process. */
import { startDhcpAgent } from '#agents/dhcp/agent.ts'
import { runAgent } from './process.ts'

await runAgent('neutron-dhcp-agent', startDhcpAgent)
