/** Errors of segments and the subnets on them. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SegmentNotFound = errorType('SegmentNotFound', 404, 'Segment %(segment_id)s could not be found.')
export const SegmentInUse = errorType('SegmentInUse', 409, "Segment '%(segment_id)s' cannot be deleted: %(reason)s.")
export const NoUpdateSubnetWhenMultipleSegmentsOnNetwork = errorType(
  'NoUpdateSubnetWhenMultipleSegmentsOnNetwork',
  400,
  "The network '%(network_id)s' has multiple segments, it is only possible to associate an existing subnet with a " +
    'segment on networks with a single segment.',
)
export const SubnetsNotAllAssociatedWithSegments = errorType(
  'SubnetsNotAllAssociatedWithSegments',
  400,
  "All of the subnets on network '%(network_id)s' must either all be associated with segments or all not associated " +
    'with any segment.',
)
export const SubnetSegmentAssociationChangeNotAllowed = errorType(
  'SubnetSegmentAssociationChangeNotAllowed',
  400,
  'A subnet that is already associated with a segment cannot have its segment association changed.',
)
export const NetworkIdsDontMatch = errorType(
  'NetworkIdsDontMatch',
  400,
  "The subnet's network id, '%(subnet_network)s', doesn't match the network_id of segment '%(segment_id)s'",
)
