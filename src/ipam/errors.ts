/** Errors of address allocation. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const IpAddressAlreadyAllocated = errorType(
  'IpAddressAlreadyAllocated',
  409,
  'IP address %(ip)s already allocated in subnet %(subnet_id)s',
)
export const IpAddressGenerationFailure = errorType(
  'IpAddressGenerationFailure',
  409,
  'No more IP addresses available on network %(net_id)s.',
)
export const IpAddressGenerationFailureNoMatchingSubnet = errorType(
  'IpAddressGenerationFailureNoMatchingSubnet',
  409,
  'No valid service subnet for the given device owner, network %(network_id)s, service type %(service_type)s.',
)
