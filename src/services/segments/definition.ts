/**
 * `segment` and what goes with it as data: the ways a network is carried as objects of their own, the subnets that
 * belong to one, and when ports of routed networks get their addresses. Source: Networking API v2.0, "Segments".
 */
import { defineExtension, standard } from '#resource/definition.ts'
import { compileType } from '#resource/types.ts'

export default defineExtension({
  alias: 'segment',
  name: 'Segment',
  description: 'Segments extension.',
  updated: '2016-02-24T17:00:00-00:00',
  requires: ['network', 'subnet', 'port', 'agent', 'provider', 'multi-provider'],

  resources: [
    {
      name: 'segment',
      collection: 'segments',
      notFound: { type: 'SegmentNotFound', text: 'Segment %(id)s could not be found.' },
      attributes: {
        id: { type: 'uuid', query: 'filter sort' },
        project_id: { type: 'string', allow: 'post', hidden: true, help: 'Accepted and not kept.' },
        network_id: { type: 'uuid', allow: 'post', query: 'filter sort' },
        physical_network: { type: { string: { max: 64 } }, allow: 'post', optional: true, query: 'filter sort' },
        network_type: { type: { string: { max: 32 } }, allow: 'post', query: 'filter sort' },
        segmentation_id: { type: { integer: {} }, allow: 'post', optional: true, query: 'sort' },
        name: { type: 'string?', allow: 'post put', optional: true, query: 'filter sort' },
        ...standard,
        // Segments that came with their network have none.
        description: { ...standard.description, type: { check: compileType('string'), as: 'string?' } },
      },
    },
  ],
  extends: {
    network: {
      l2_adjacency: { type: 'any', help: 'False when ports of the network are on segments of their own.' },
    },
    subnet: {
      segment_id: {
        type: 'uuid?',
        allow: 'post put',
        default: null,
        query: 'filter sort',
        policy: 'enforce',
        help: 'Addresses are for ports on hosts that reach this segment.',
      },
    },
    port: {
      ip_allocation: {
        type: 'any',
        query: 'filter sort',
        help: 'immediate, deferred (until the port has a host), or none.',
      },
    },
  },
  announces: [
    {
      alias: 'standard-attr-segment',
      name: 'Standard Attribute Segment Extension',
      description: 'Add standard attributes to Segment resource',
      updated: '2018-04-09T10:00:00-00:00',
    },
    {
      alias: 'subnet-segmentid-writable',
      name: 'Subnet SegmentID (writable)',
      description: 'Provides a writable segment_id attribute for a subnet resource.',
      updated: '2018-03-12T00:00:00-00:00',
    },
    {
      alias: 'segments-peer-subnet-host-routes',
      name: 'Segments peer-subnet host routes',
      description: 'Add host routes to subnets on a routed network (segments)',
      updated: '2018-06-12T10:00:00-00:00',
    },
    {
      alias: 'l2_adjacency',
      name: 'L2 Adjacency',
      description: 'Display L2 Adjacency for Neutron Networks.',
      updated: '2016-04-12T16:00:00-00:00',
    },
    {
      alias: 'ip_allocation',
      name: 'IP Allocation',
      description: 'IP allocation extension.',
      updated: '2016-06-10T23:00:00-00:00',
    },
  ],
})
