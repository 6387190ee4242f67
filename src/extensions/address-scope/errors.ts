/** Errors of address scopes. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const AddressScopeNotFound = errorType(
  'AddressScopeNotFound',
  404,
  'Address scope %(address_scope_id)s could not be found.',
)
export const AddressScopeInUse = errorType(
  'AddressScopeInUse',
  409,
  'Unable to complete operation on address scope %(address_scope_id)s. There are one or more subnet pools in use on the address scope.',
)
export const AddressScopeUpdateError = errorType(
  'AddressScopeUpdateError',
  400,
  'Unable to update address scope %(address_scope_id)s : %(reason)s.',
)
export const AddressScopePrefixConflict = errorType(
  'AddressScopePrefixConflict',
  409,
  'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
)
export const IllegalSubnetPoolIpVersionAssociationToAddressScope = errorType(
  'IllegalSubnetPoolIpVersionAssociationToAddressScope',
  400,
  'Illegal subnetpool association: subnetpool %(subnetpool_id)s cannot associate with address scope %(address_scope_id)s because subnetpool ip_version is not %(ip_version)s.',
)
