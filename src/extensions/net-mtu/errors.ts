/** Errors of network MTUs. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const NetworkMTUSubnetConflict = errorType(
  'NetworkMTUSubnetConflict',
  409,
  'MTU of %(net_id)s is not valid, subnet requires a minimum of %(mtu)s',
)
