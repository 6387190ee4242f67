/** Whether new security groups are stateful, on the command line. Upstream's command had none. */
import { booleanArgument } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'

const STATEFUL = booleanArgument('--stateful', 'Whether new security groups are stateful.')

export default defineCli({
  resources: {
    security_groups_default_statefulness: {
      noun: 'security-group-default-statefulness',
      names: false,
      list: {
        summary: 'List whether new security groups are stateful, by tenant.',
        columns: ['id', 'project_id', 'stateful'],
      },
      create: { arguments: [STATEFUL] },
      update: { arguments: [STATEFUL] },
    },
  },
})
