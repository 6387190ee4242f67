/** Errors of ports. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const PortNotFound = errorType('PortNotFound', 404, 'Port %(port_id)s could not be found.')
export const MacAddressInUse = errorType(
  'MacAddressInUse',
  409,
  'Unable to complete operation for network %(net_id)s. The mac address %(mac)s is in use.',
)
export const NetworkMacAddressGenerationFailure = errorType(
  'NetworkMacAddressGenerationFailure',
  503,
  'Unable to generate unique mac on network %(net_id)s.',
)
export const InvalidIpForNetwork = errorType(
  'InvalidIpForNetwork',
  400,
  'IP address %(ip_address)s is not a valid IP for any of the subnets on the specified network.',
)
export const InvalidIpForSubnet = errorType(
  'InvalidIpForSubnet',
  400,
  'IP address %(ip_address)s is not a valid IP for the specified subnet.',
)
export const AllocationOnAutoAddressSubnet = errorType(
  'AllocationOnAutoAddressSubnet',
  400,
  'IPv6 address %(ip)s cannot be directly assigned to a port on subnet %(subnet_id)s as the subnet is configured for ' +
    'automatic addresses',
)
export const PortBound = errorType(
  'PortBound',
  409,
  'Unable to complete operation on port %(port_id)s, port is already bound, port type: %(vif_type)s, ' +
    'old_mac %(old_mac)s, new_mac %(new_mac)s.',
)
export const PortInUse = errorType(
  'PortInUse',
  409,
  'Unable to complete operation on port %(port_id)s for network %(net_id)s. Port already has an attached device ' +
    '%(device_id)s.',
)
export const ServicePortInUse = errorType(
  'ServicePortInUse',
  409,
  'Port %(port_id)s cannot be deleted directly via the port API: %(reason)s.',
)
export const UnsupportedPortDeviceOwner = errorType(
  'UnsupportedPortDeviceOwner',
  409,
  'Operation %(op)s is not supported for device_owner %(device_owner)s on port %(port_id)s.',
)
export const HostConnectedToMultipleSegments = errorType(
  'HostConnectedToMultipleSegments',
  409,
  "Host %(host)s is connected to multiple segments on routed provider network '%(network_id)s'.  It should be " +
    'connected to one.',
)
export const HostNotConnectedToAnySegment = errorType(
  'HostNotConnectedToAnySegment',
  409,
  "Host %(host)s is not connected to any segments on routed provider network '%(network_id)s'.  It should be " +
    'connected to one.',
)
export const HostNotCompatibleWithFixedIps = errorType(
  'HostNotCompatibleWithFixedIps',
  409,
  'Host %(host)s is not connected to a segment where the existing fixed_ips on port %(port_id)s will function given ' +
    'the routed network topology.',
)
export const FixedIpsSubnetsNotOnSameSegment = errorType(
  'FixedIpsSubnetsNotOnSameSegment',
  400,
  'Cannot allocate addresses from different segments.',
)
