/** Errors of address groups. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const AddressGroupNotFound = errorType(
  'AddressGroupNotFound',
  404,
  'Address group %(address_group_id)s could not be found.',
)
export const AddressGroupInUse = errorType(
  'AddressGroupInUse',
  409,
  'Address group %(address_group_id)s is in use on one or more security group rules.',
)
export const AddressesNotFound = errorType(
  'AddressesNotFound',
  404,
  'Addresses %(addresses)s not found in the address group %(address_group_id)s.',
)
export const AddressesAlreadyExist = errorType(
  'AddressesAlreadyExist',
  400,
  'Addresses %(addresses)s already exist in the address group %(address_group_id)s.',
)
/** An action's address that is none: the type is that of the library upstream parses with. */
export const AddrFormatError = errorType('AddrFormatError', 400, 'invalid IPNetwork %(value)s')
