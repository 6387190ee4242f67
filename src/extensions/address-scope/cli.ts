/** Address scopes on the command line. Source: neutronclient 8.1's commands of address scopes. */
import { booleanArgument, flag, given, option } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'

export default defineCli({
  resources: {
    address_scope: {
      list: { summary: 'List address scopes.', columns: ['id', 'name', 'ip_version'] },
      create: {
        arguments: [
          flag('--shared', 'Let every tenant use the address scope.'),
          { name: 'name', metavar: 'NAME', help: 'Name of the address scope.' },
          {
            name: 'ip_version',
            metavar: 'IP_VERSION',
            type: 'integer',
            choices: [4, 6],
            help: 'Its address family: 4 or 6.',
          },
        ],
        body: ({ args }) => ({
          ...given(args, ['name', 'ip_version', 'tenant_id']),
          ...(args.shared ? { shared: true } : {}),
        }),
      },
      update: {
        arguments: [
          option('--name', 'New name of the address scope.'),
          booleanArgument('--shared', 'Whether every tenant may use the address scope.'),
        ],
      },
    },
  },
})
