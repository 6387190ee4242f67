/** Errors of the default statefulness of security groups. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SecurityGroupDefaultStatefulnessAlreadyExists = errorType(
  'SecurityGroupDefaultStatefulnessAlreadyExists',
  409,
  "A security group default statefulness setting already exists for project '%(project_id)s'.",
)
