/** The golden comparison of routers, floating IPs, security groups, subnet pools and address scopes. */
import { compareTopics } from './compare.ts'
import { SECOND_TOPICS } from './topics.ts'

compareTopics(SECOND_TOPICS)
