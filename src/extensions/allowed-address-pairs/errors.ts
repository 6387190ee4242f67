/** Errors of allowed address pairs. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const AllowedAddressPairsMissingIP = errorType(
  'AllowedAddressPairsMissingIP',
  400,
  'AllowedAddressPair must contain ip_address',
)
export const AddressPairAndPortSecurityRequired = errorType(
  'AddressPairAndPortSecurityRequired',
  409,
  'Port Security must be enabled in order to have allowed address pairs on a port.',
)
export const DuplicateAddressPairInRequest = errorType(
  'DuplicateAddressPairInRequest',
  400,
  'Request contains duplicate address pair: mac_address %(mac_address)s ip_address %(ip_address)s.',
)
export const AllowedAddressPairExhausted = errorType(
  'AllowedAddressPairExhausted',
  400,
  'The number of allowed address pair exceeds the maximum %(quota)s.',
)
