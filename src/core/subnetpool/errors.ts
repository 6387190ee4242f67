/** Errors of subnet pools. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SubnetPoolNotFound = errorType(
  'SubnetPoolNotFound',
  404,
  'Subnet pool %(subnetpool_id)s could not be found.',
)
export const EmptySubnetPoolPrefixList = errorType('EmptySubnetPoolPrefixList', 400, 'Empty subnet pool prefix list.')
export const PrefixVersionMismatch = errorType(
  'PrefixVersionMismatch',
  400,
  'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.',
)
export const IllegalSubnetPoolPrefixBounds = errorType(
  'IllegalSubnetPoolPrefixBounds',
  400,
  'Illegal prefix bounds: %(prefix_type)s=%(prefixlen)s, %(base_prefix_type)s=%(base_prefixlen)s.',
)
export const IllegalSubnetPoolPrefixUpdate = errorType(
  'IllegalSubnetPoolPrefixUpdate',
  400,
  'Illegal update to prefixes: %(msg)s.',
)
export const SubnetPoolDeleteError = errorType(
  'SubnetPoolDeleteError',
  400,
  'Unable to delete subnet pool: %(reason)s.',
)
export const SubnetAllocationError = errorType('SubnetAllocationError', 500, 'Failed to allocate subnet: %(reason)s.')
export const SubnetPoolQuotaExceeded = errorType(
  'SubnetPoolQuotaExceeded',
  409,
  'Per-project subnet pool prefix quota exceeded.',
)
export const MinPrefixSubnetAllocationError = errorType(
  'MinPrefixSubnetAllocationError',
  400,
  'Unable to allocate subnet with prefix length %(prefixlen)s, minimum allowed prefix is %(min_prefixlen)s.',
)
export const MaxPrefixSubnetAllocationError = errorType(
  'MaxPrefixSubnetAllocationError',
  400,
  'Unable to allocate subnet with prefix length %(prefixlen)s, maximum allowed prefix is %(max_prefixlen)s.',
)
export const NetworkSubnetPoolAffinityError = errorType(
  'NetworkSubnetPoolAffinityError',
  400,
  'Subnets hosted on the same network must be allocated from the same subnet pool.',
)
export const NetworkAddressScopeAffinityError = errorType(
  'NetworkAddressScopeAffinityError',
  400,
  'Subnets of the same address family hosted on the same network must all participate in the same address scope.',
)
export const IllegalSubnetPoolUpdate = errorType(
  'IllegalSubnetPoolUpdate',
  400,
  'Illegal subnetpool update : %(reason)s.',
)
