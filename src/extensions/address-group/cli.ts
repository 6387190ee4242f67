/** Address groups on the command line: `address-group-*`. Upstream's command had none. */
import { given, option } from '#cli/arguments.ts'
import { type ActionFace, defineCli } from '#cli/command.ts'

const changing = (name: string, summary: string): ActionFace => ({
  name,
  summary,
  bare: true,
  help: 'ID or name of the address group.',
  arguments: [{ name: 'addresses', metavar: 'ADDRESS', nargs: '+', help: 'Addresses as CIDRs: 10.0.0.0/8' }],
})

export default defineCli({
  resources: {
    address_group: {
      list: { summary: 'List address groups.', columns: ['id', 'name', 'description', 'addresses'] },
      create: {
        arguments: [
          { name: 'name', metavar: 'NAME', help: 'Name of the address group.' },
          option('--address', 'An address as a CIDR. Can be repeated.', { name: 'addresses', action: 'append' }),
          option('--description', 'Description of the address group.'),
        ],
        body: ({ args }) => ({ addresses: [], ...given(args, ['name', 'addresses', 'description', 'tenant_id']) }),
      },
      update: {
        arguments: [
          option('--name', 'New name of the address group.'),
          option('--description', 'New description of the address group.'),
        ],
      },
      actions: {
        add_addresses: changing('address-group-address-add', 'Add addresses to an address group.'),
        remove_addresses: changing('address-group-address-remove', 'Take addresses from an address group.'),
      },
    },
  },
})
