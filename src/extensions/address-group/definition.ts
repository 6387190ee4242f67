/**
 * `address_group` as data: addresses under a name, for security group rules to refer to.
 * Source: Networking API v2.0, "Address groups".
 */
import { defineExtension, identity, standard } from '#resource/definition.ts'
import { subnet } from './addresses.ts'

export default defineExtension({
  alias: 'address-group',
  name: 'Address group',
  description: 'Support address group',
  updated: '2020-07-15T10:00:00-00:00',
  requires: ['security-group'],

  resources: [
    {
      name: 'address_group',
      collection: 'address_groups',
      attributes: {
        ...identity,
        ...standard,
        description: { ...standard.description, type: { string: { max: 1024 } } },
        addresses: {
          type: { list: { check: subnet }, unique: true, nullable: true },
          allow: 'post',
          optional: true,
          help: 'Blocks of addresses, `10.0.0.0/8`; changed by the actions.',
        },
        shared: {
          type: 'boolean',
          hidden: true,
          granted: { object: 'address_group', action: 'access_as_shared', unsaid: true },
          help: "Whether an entry lets the caller's project use the group.",
        },
      },
      actions: [
        { name: 'add_addresses', help: 'Adds the `addresses` of the body, none of which may be in the group.' },
        { name: 'remove_addresses', help: 'Removes the `addresses` of the body, all of which must be in the group.' },
      ],
    },
  ],

  announces: [
    {
      alias: 'security-groups-remote-address-group',
      name: 'Remote address group id field for security group rules',
      description: 'Add new field of remote address group id in SG rules',
      updated: '2020-08-25T10:00:00-00:00',
    },
  ],
})
