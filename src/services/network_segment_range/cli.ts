/** Ranges that networks get their segmentation ids from, on the command line. Upstream's command had none. */
import { booleanArgument, option } from '#cli/arguments.ts'
import { type Argument, defineCli } from '#cli/command.ts'

const ENDS = (required: boolean): readonly Argument[] => [
  option('--minimum', 'The first id of the range.', { type: 'integer', required }),
  option('--maximum', 'The last id of the range.', { type: 'integer', required }),
]

export default defineCli({
  resources: {
    network_segment_range: {
      list: {
        summary: 'List ranges of segmentation ids.',
        columns: ['id', 'name', 'default', 'shared', 'network_type', 'physical_network', 'minimum', 'maximum'],
      },
      create: {
        arguments: [
          { name: 'name', metavar: 'NAME', help: 'Name of the range.' },
          option('--network-type', 'Which networks it is for.', {
            choices: ['vlan', 'vxlan', 'gre', 'geneve'],
            required: true,
          }),
          option('--physical-network', 'The physical network of VLANs.'),
          ...ENDS(true),
          booleanArgument('--shared', 'Whether the networks of every tenant get ids of it.'),
          option('--description', 'Description of the range.'),
        ],
      },
      update: {
        arguments: [
          option('--name', 'New name of the range.'),
          ...ENDS(false),
          option('--description', 'New description of the range.'),
        ],
      },
    },
  },
})
