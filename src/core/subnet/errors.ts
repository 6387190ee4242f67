/** Errors of subnets. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SubnetNotFound = errorType('SubnetNotFound', 404, 'Subnet %(subnet_id)s could not be found.')
export const SubnetInUse = errorType(
  'SubnetInUse',
  409,
  'Unable to complete operation on subnet %(subnet_id)s: %(reason)s.',
)
export const GatewayIpInUse = errorType(
  'GatewayIpInUse',
  409,
  'Current gateway ip %(ip_address)s already in use by port %(port_id)s. Unable to update.',
)
export const GatewayConflictWithAllocationPools = errorType(
  'GatewayConflictWithAllocationPools',
  409,
  'Gateway ip %(ip_address)s conflicts with allocation pool %(pool)s.',
)
export const InvalidAllocationPool = errorType(
  'InvalidAllocationPool',
  400,
  'The allocation pool %(pool)s is not valid.',
)
export const OutOfBoundsAllocationPool = errorType(
  'OutOfBoundsAllocationPool',
  400,
  'The allocation pool %(pool)s spans beyond the subnet cidr %(subnet_cidr)s.',
)
export const OverlappingAllocationPools = errorType(
  'OverlappingAllocationPools',
  409,
  'Found overlapping allocation pools: %(pool_1)s %(pool_2)s for subnet %(subnet_cidr)s.',
)
export const DNSNameServersExhausted = errorType(
  'DNSNameServersExhausted',
  400,
  'Unable to complete operation for %(subnet_id)s. The number of DNS nameservers exceeds the limit %(quota)s.',
)
export const HostRoutesExhausted = errorType(
  'HostRoutesExhausted',
  400,
  'Unable to complete operation for %(subnet_id)s. The number of host routes exceeds the limit %(quota)s.',
)
export const InvalidSubnetServiceType = errorType(
  'InvalidSubnetServiceType',
  400,
  'Subnet service type %(service_type)s does not correspond to a valid device owner.',
)
export const InvalidInputSubnetServiceType = errorType(
  'InvalidInputSubnetServiceType',
  400,
  'Subnet service type %(service_type)s is not a string.',
)
