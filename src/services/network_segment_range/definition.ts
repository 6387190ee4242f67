/**
 * `network-segment-range` as data: which ids networks may be given, for all projects or for one. Source: Networking API
 * v2.0, "Network Segment Ranges".
 */
import { defineExtension, standard, tagged } from '#resource/definition.ts'

const ID = { integer: { min: 1, max: 2 ** 32 - 1 } } as const

export default defineExtension({
  alias: 'network-segment-range',
  name: 'Neutron Network Segment Range',
  description: 'Provides support for the network segment range management',
  updated: '2018-11-29T00:00:00-00:00',
  requires: ['network', 'provider'],

  resources: [
    {
      name: 'network_segment_range',
      collection: 'network_segment_ranges',
      notFound: { type: 'NetworkSegmentRangeNotFound', text: 'Network Segment Range %(id)s could not be found.' },
      attributes: {
        id: { type: 'uuid', query: 'filter sort' },
        name: { type: 'string', allow: 'post put', default: '', query: 'filter sort' },
        project_id: {
          type: 'string?',
          allow: 'post',
          query: 'filter sort',
          help: 'Whose networks get ids of it, when it is not shared.',
        },
        ...standard,
        ...tagged,
        default: { type: 'boolean', help: 'Made of the configuration: it cannot be changed.' },
        shared: { type: 'boolean', allow: 'post', default: true },
        network_type: {
          type: { values: ['vlan', 'vxlan', 'gre', 'geneve'] },
          allow: 'post',
          optional: true,
          query: 'filter',
        },
        physical_network: { type: { string: { max: 64 } }, allow: 'post', optional: true, query: 'filter' },
        minimum: { type: ID, allow: 'post put' },
        maximum: { type: ID, allow: 'post put' },
        used: { type: 'any', help: 'The projects of the networks that have ids of it, by id.' },
        available: { type: 'any', help: 'The ids nobody has; at most 100000 of them.' },
      },
    },
  ],
})
