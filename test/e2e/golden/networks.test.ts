/** The golden comparison of networks, subnets, ports and agents. */
import { compareTopics } from './compare.ts'
import { FIRST_TOPICS } from './topics.ts'

compareTopics(FIRST_TOPICS)
