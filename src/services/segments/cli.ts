/** Segments of networks on the command line: `segment-*`. Upstream's command had none. */
import { given, option } from '#cli/arguments.ts'
import { defineCli } from '#cli/command.ts'
import { findId } from '#cli/find.ts'

export default defineCli({
  resources: {
    segment: {
      list: {
        summary: 'List segments of networks.',
        columns: ['id', 'name', 'network_id', 'network_type', 'physical_network', 'segmentation_id'],
        filters: [
          option('--name', 'List the segments of this name.'),
          option('--network-id', 'List the segments of the network of this ID.'),
        ],
      },
      create: {
        arguments: [
          { name: 'network', metavar: 'NETWORK', help: 'ID or name of the network it is part of.' },
          option('--network-type', 'How it is brought about: flat, vlan, vxlan, gre, ...', { required: true }),
          option('--physical-network', 'The physical network it is part of.'),
          option('--segmentation-id', 'VLAN id, or tunnel id of GRE and VXLAN.', { type: 'integer' }),
          option('--name', 'Name of the segment.'),
          option('--description', 'Description of the segment.'),
        ],
        body: async (call) => ({
          network_id: await findId(call, 'network', String(call.args.network)),
          ...given(call.args, ['network_type', 'physical_network', 'segmentation_id', 'name', 'description']),
          ...given(call.args, ['tenant_id']),
        }),
      },
      update: {
        arguments: [
          option('--name', 'New name of the segment.'),
          option('--description', 'New description of the segment.'),
        ],
      },
    },
  },
})
