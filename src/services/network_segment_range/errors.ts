/** Errors of network segment ranges. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const NetworkSegmentRangeNetTypeNotSupported = errorType(
  'NetworkSegmentRangeNetTypeNotSupported',
  400,
  'Network type %(type)s does not support network segment ranges.',
)
export const NetworkSegmentRangeReferencedByProject = errorType(
  'NetworkSegmentRangeReferencedByProject',
  409,
  'Network Segment Range %(range_id)s is referenced by one or more tenant networks.',
)
export const NetworkSegmentRangeDefaultReadOnly = errorType(
  'NetworkSegmentRangeDefaultReadOnly',
  400,
  'Network Segment Range %(range_id)s is a default segment range which could not be updated or deleted.',
)
export const NetworkSegmentRangeOverlaps = errorType(
  'NetworkSegmentRangeOverlaps',
  409,
  'Network segment range overlaps with range(s) with id %(range_id)s',
)
export const NetworkVlanRangeError = errorType(
  'NetworkVlanRangeError',
  400,
  "Invalid network VLAN range: '%(vlan_range)s' - '%(error)s'.",
)
export const NetworkTunnelRangeError = errorType(
  'NetworkTunnelRangeError',
  400,
  "Invalid network tunnel range: '%(tunnel_range)s' - %(error)s.",
)
