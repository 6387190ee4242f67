/** Agents on the command line: alive is `:-)`, down is `xxx`. Source: neutronclient 8.1's commands of agents. */
import type { JsonObject } from '#base/json.ts'
import { given, option } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'

export default defineCli({
  resources: {
    agent: {
      names: false,
      list: {
        summary: 'List agents.',
        columns: ['id', 'agent_type', 'host', 'availability_zone', 'alive', 'admin_state_up', 'binary'],
        formatters: { heartbeat_timestamp: ({ heartbeat_timestamp: time }) => String(time ?? '').split('.')[0]! },
        paging: false,
        extend: async (agents) => agents.map(smiling),
      },
      show: { indent: 5 },
      update: {
        summary: 'Change the administrative state and the description of an agent.',
        arguments: [
          {
            flags: ['--admin-state-down'],
            name: 'admin_state',
            action: 'false',
            help: 'Set the agent administratively down.',
          },
          option('--description', 'Description of the agent.'),
        ],
        body: ({ args }) => ({ admin_state_up: args.admin_state ?? true, ...given(args, ['description']) }),
      },
    },
  },
})

function smiling(agent: JsonObject): JsonObject {
  return 'alive' in agent ? { ...agent, alive: agent.alive ? ':-)' : 'xxx' } : agent
}
