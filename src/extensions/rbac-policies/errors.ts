/** Errors of entries. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const DuplicateRbacPolicy = errorType(
  'DuplicateRbacPolicy',
  409,
  'An RBAC policy already exists with those values.',
)
export const InvalidActionForType = errorType(
  'InvalidActionForType',
  400,
  "Invalid action '%(action)s' for object type '%(object_type)s'. Valid actions: %(valid_actions)s",
)
