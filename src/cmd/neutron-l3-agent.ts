/** The L3 agent as a process. */
import { startL3Agent } from '#agents/l3/agent.ts'
import { runAgent } from './process.ts'

await runAgent('neutron-l3-agent', startL3Agent)
