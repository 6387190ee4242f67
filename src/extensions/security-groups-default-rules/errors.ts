/** Errors of default security group rules. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const DefaultSecurityGroupRuleExists = errorType(
  'DefaultSecurityGroupRuleExists',
  409,
  'Default Security group rule already exists. Rule id is %(rule_id)s.',
)
export const DuplicateDefaultSgRuleInPost = errorType(
  'DuplicateDefaultSgRuleInPost',
  409,
  'Duplicate Default Security Group Rule in POST.',
)
