/** Options about agents as the server sees them. Source: the configuration reference, neutron.conf. */
import { boolean, defineOptions, integer } from '#config/options.ts'

export const agentOptions = defineOptions('DEFAULT', {
  agent_down_time: integer({
    default: 75,
    min: 1,
    help: 'Seconds without a report after which an agent is down; at least twice report_interval.',
  }),
  enable_new_agents: boolean({
    default: true,
    help: 'Whether an agent seen for the first time has admin_state_up set, so that work is scheduled to it.',
  }),
})
