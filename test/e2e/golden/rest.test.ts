/** The golden comparison of everything else: quotas, tags, flavors, schedulers, credentials, names of commands, … */
import { compareTopics } from './compare.ts'
import { THIRD_TOPICS } from './topics.ts'

compareTopics(THIRD_TOPICS)
