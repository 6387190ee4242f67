/** Wire errors of tags. Source: Networking API v2.0, "Standard Attributes Tag Extension". */
import { errorType } from '#base/errors.ts'

export const TagNotFound = errorType('TagNotFound', 404, 'Tag %(tag)s could not be found.')
/** `resource` is the collection. */
export const TagResourceNotFound = errorType(
  'TagResourceNotFound',
  404,
  'Resource %(resource)s %(resource_id)s could not be found.',
)
