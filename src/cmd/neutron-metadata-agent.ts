/** The metadata agent as a process. */
import { startMetadataAgent } from '#agents/metadata/agent.ts'
import { runAgent } from './process.ts'

await runAgent('neutron-metadata-agent', startMetadataAgent)
