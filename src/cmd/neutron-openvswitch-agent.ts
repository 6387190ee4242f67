/** The Open vSwitch agent as a process. */
import { startOpenvswitchAgent } from '#agents/l2/agent.ts'
import { runAgent } from './process.ts'

await runAgent('neutron-openvswitch-agent', startOpenvswitchAgent)
