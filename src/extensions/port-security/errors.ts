/** Errors of port security; security-group, which knows the groups, throws them. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const PortSecurityPortHasSecurityGroup = errorType(
  'PortSecurityPortHasSecurityGroup',
  409,
  'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
)
export const PortSecurityAndIPRequiredForSecurityGroups = errorType(
  'PortSecurityAndIPRequiredForSecurityGroups',
  400,
  'Port security must be enabled and port must have an IP address in order to use security groups.',
)
