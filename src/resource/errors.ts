/**
 * Wire errors of request bodies and queries, the same for every resource. Source: Networking API v2.0, "Faults";
 * `HTTPBadRequest` is what upstream's web framework raises, `InvalidInput` and `BadRequest` are its own types.
 */
import { errorType } from '#base/errors.ts'

export const HTTPBadRequest = errorType('HTTPBadRequest', 400, '%(message)s')
/** A value that cannot be converted to its type, before it is checked. */
export const InvalidInput = errorType('InvalidInput', 400, 'Invalid input for operation: %(error_message)s.')
export const BadRequest = errorType('BadRequest', 400, 'Bad %(resource)s request: %(msg)s.')
