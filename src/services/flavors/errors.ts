/** Errors of flavors, service profiles and providers. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const InvalidServiceType = errorType('InvalidServiceType', 400, 'Invalid service type: %(service_type)s.')
export const FlavorNotFound = errorType('FlavorNotFound', 404, 'Flavor %(flavor_id)s could not be found.')
export const FlavorInUse = errorType('FlavorInUse', 409, 'Flavor %(flavor_id)s is used by some service instance.')
export const ServiceProfileNotFound = errorType(
  'ServiceProfileNotFound',
  404,
  'Service Profile %(sp_id)s could not be found.',
)
export const ServiceProfileInUse = errorType(
  'ServiceProfileInUse',
  409,
  'Service Profile %(sp_id)s is used by some service instance.',
)
export const FlavorServiceProfileBindingExists = errorType(
  'FlavorServiceProfileBindingExists',
  409,
  'Service Profile %(sp_id)s is already associated with flavor %(fl_id)s.',
)
export const FlavorServiceProfileBindingNotFound = errorType(
  'FlavorServiceProfileBindingNotFound',
  404,
  'Service Profile %(sp_id)s is not associated with flavor %(fl_id)s.',
)
export const ServiceProfileDriverNotFound = errorType(
  'ServiceProfileDriverNotFound',
  404,
  'Service Profile driver %(driver)s could not be found.',
)
export const ServiceProfileEmpty = errorType(
  'ServiceProfileEmpty',
  400,
  'Service Profile needs either a driver or metainfo.',
)
export const ServiceProfileDisabled = errorType('ServiceProfileDisabled', 503, 'Service Profile is not enabled.')
