/** Options about agents as the server sees them. Source: the configuration reference, neutron.conf. */
import { boolean, defineOptions } from '#config/options.ts'

export const agentOptions = defineOptions('DEFAULT', {
  enable_new_agents: boolean({
    default: true,
    help: 'Whether an agent seen for the first time has admin_state_up set, so that work is scheduled to it.',
  }),
})
