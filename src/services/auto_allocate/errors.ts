/** Errors of auto-allocated topologies. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const AutoAllocationFailure = errorType('AutoAllocationFailure', 409, 'Deployment error: %(reason)s.')
export const DefaultExternalNetworkExists = errorType(
  'DefaultExternalNetworkExists',
  409,
  'A default external network already exists: %(net_id)s.',
)
