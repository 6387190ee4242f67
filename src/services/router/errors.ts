/** Errors of routers, floating IPs and their scheduling. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const RouterNotFound = errorType('RouterNotFound', 404, 'Router %(router_id)s could not be found')
export const RouterInUse = errorType('RouterInUse', 409, 'Router %(router_id)s %(reason)s')
export const RouterInterfaceNotFound = errorType(
  'RouterInterfaceNotFound',
  404,
  'Router %(router_id)s does not have an interface with id %(port_id)s',
)
export const RouterInterfaceNotFoundForSubnet = errorType(
  'RouterInterfaceNotFoundForSubnet',
  404,
  'Router %(router_id)s has no interface on subnet %(subnet_id)s',
)
export const RouterInterfaceInUseByFloatingIP = errorType(
  'RouterInterfaceInUseByFloatingIP',
  409,
  'Router interface for subnet %(subnet_id)s on router %(router_id)s cannot be deleted, as it is required by one or ' +
    'more floating IPs.',
)
export const RouterInterfaceInUseByRoute = errorType(
  'RouterInterfaceInUseByRoute',
  409,
  'Router interface for subnet %(subnet_id)s on router %(router_id)s cannot be deleted, as it is required by one or ' +
    'more routes.',
)
export const RouterExternalGatewayInUseByFloatingIp = errorType(
  'RouterExternalGatewayInUseByFloatingIp',
  409,
  'Gateway cannot be updated for router %(router_id)s, since a gateway to external network %(net_id)s is required by ' +
    'one or more floating IPs.',
)
export const UnableToRemoveGateways = errorType(
  'UnableToRemoveGateways',
  400,
  'Unable to remove extra gateways from a router %(router_id)s',
)
export const UnableToMatchGateways = errorType(
  'UnableToMatchGateways',
  400,
  'Unable to match a requested gateway port to existing gateway ports for router %(router_id)s',
)
export const SubnetMismatchForPort = errorType(
  'SubnetMismatchForPort',
  400,
  'Subnet on port %(port_id)s does not match the requested subnet %(subnet_id)s.',
)
export const InvalidRoutes = errorType('InvalidRoutes', 400, 'Invalid format for routes: %(routes)s, %(reason)s')
export const RoutesExhausted = errorType(
  'RoutesExhausted',
  400,
  'Unable to complete operation for %(router_id)s. The number of routes exceeds the maximum %(quota)s.',
)
export const FloatingIPNotFound = errorType(
  'FloatingIPNotFound',
  404,
  'Floating IP %(floatingip_id)s could not be found',
)
export const ExternalGatewayForFloatingIPNotFound = errorType(
  'ExternalGatewayForFloatingIPNotFound',
  404,
  'External network %(external_network_id)s is not reachable from subnet %(subnet_id)s.  Therefore, cannot associate ' +
    'Port %(port_id)s with a Floating IP.',
)
export const FloatingIPPortAlreadyAssociated = errorType(
  'FloatingIPPortAlreadyAssociated',
  409,
  'Cannot associate floating IP %(floating_ip_address)s (%(fip_id)s) with port %(port_id)s using fixed IP ' +
    '%(fixed_ip)s, as that fixed IP already has a floating IP on external network %(net_id)s.',
)
export const FipAssociated = errorType(
  'FipAssociated',
  409,
  'Unable to complete the operation on port %(port_id)s because the port still has an associated floating IP.',
)
export const ExternalIpAddressExhausted = errorType(
  'ExternalIpAddressExhausted',
  400,
  'Unable to find any IP address on external network %(net_id)s.',
)
export const DeviceIDNotOwnedByTenant = errorType(
  'DeviceIDNotOwnedByTenant',
  409,
  'The following device_id %(device_id)s is not owned by your project or matches another project router.',
)
export const InvalidL3Agent = errorType('InvalidL3Agent', 404, 'Agent %(id)s is not a L3 Agent or has been disabled')
export const RouterHostedByL3Agent = errorType(
  'RouterHostedByL3Agent',
  409,
  'The router %(router_id)s has been already hosted by the L3 Agent %(agent_id)s.',
)
