/** Every topic of the golden comparison. */
import type { Topic } from './topic.ts'
import { AGENT_TOPICS } from './topics/agents.ts'
import { GROUP_TOPICS } from './topics/groups.ts'
import { NETWORK_TOPICS } from './topics/networks.ts'
import { POOL_TOPICS } from './topics/pools.ts'
import { PORT_TOPICS } from './topics/ports.ts'
import { REST_TOPICS } from './topics/rest.ts'
import { ROUTER_TOPICS } from './topics/routers.ts'
import { SHELL_TOPICS } from './topics/shell.ts'
import { SUBNET_TOPICS } from './topics/subnets.ts'

/** One test file each, so that none takes long. */
export const FIRST_TOPICS: readonly Topic[] = [...AGENT_TOPICS, ...NETWORK_TOPICS, ...SUBNET_TOPICS, ...PORT_TOPICS]
export const SECOND_TOPICS: readonly Topic[] = [...ROUTER_TOPICS, ...GROUP_TOPICS, ...POOL_TOPICS]
export const THIRD_TOPICS: readonly Topic[] = [...REST_TOPICS, ...SHELL_TOPICS]

export const TOPICS: readonly Topic[] = [...FIRST_TOPICS, ...SECOND_TOPICS, ...THIRD_TOPICS]
