/** Errors of availability zones. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const AvailabilityZoneNotFound = errorType(
  'AvailabilityZoneNotFound',
  404,
  'AvailabilityZone %(availability_zone)s could not be found.',
)
