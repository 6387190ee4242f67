/** Errors of stateful and stateless groups. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SecurityGroupConflict = errorType(
  'SecurityGroupConflict',
  409,
  'Error %(reason)s while attempting the operation.',
)
