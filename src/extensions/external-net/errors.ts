/** Errors of external networks. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const ExternalNetworkInUse = errorType(
  'ExternalNetworkInUse',
  409,
  'External network %(net_id)s cannot be updated to be made non-external, since it has existing gateway ports.',
)
