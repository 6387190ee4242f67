/** Errors of segments. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const VlanIdInUse = errorType(
  'VlanIdInUse',
  409,
  'Unable to create the network. The VLAN %(vlan_id)s on physical network %(physical_network)s is in use.',
)
export const TunnelIdInUse = errorType(
  'TunnelIdInUse',
  409,
  'Unable to create the network. The tunnel ID %(tunnel_id)s is in use.',
)
export const FlatNetworkInUse = errorType(
  'FlatNetworkInUse',
  409,
  'Unable to create the flat network. Physical network %(physical_network)s is in use.',
)
export const NoNetworkAvailable = errorType(
  'NoNetworkAvailable',
  503,
  'Unable to create the network. No project network is available for allocation.',
)
export const SegmentsSetInConjunctionWithProviders = errorType(
  'SegmentsSetInConjunctionWithProviders',
  400,
  'Segments and provider values cannot both be set.',
)
export const SegmentsContainDuplicateEntry = errorType(
  'SegmentsContainDuplicateEntry',
  400,
  'Duplicate segment entry in request.',
)

export const PortBindingAlreadyExists = errorType(
  'PortBindingAlreadyExists',
  409,
  'Binding for port %(port_id)s on host %(host)s already exists.',
)
export const PortBindingAlreadyActive = errorType(
  'PortBindingAlreadyActive',
  409,
  'Binding for port %(port_id)s on host %(host)s is already active.',
)
export const PortBindingError = errorType(
  'PortBindingError',
  500,
  'Binding for port %(port_id)s on host %(host)s could not be created or updated.',
)
