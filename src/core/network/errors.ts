/** Errors of networks. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const NetworkNotFound = errorType('NetworkNotFound', 404, 'Network %(net_id)s could not be found.')
export const NetworkInUse = errorType(
  'NetworkInUse',
  409,
  'Unable to complete operation on network %(net_id)s. %(reason)s.',
)
export const InvalidSharedSetting = errorType(
  'InvalidSharedSetting',
  409,
  'Unable to reconfigure sharing settings for network %(network)s. Multiple projects are using it.',
)
