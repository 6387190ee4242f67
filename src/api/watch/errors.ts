/** What clients who watch are told. The API is ours: so are type and text. */
import { errorType } from '#base/errors.ts'

export const ChangesGone = errorType(
  'ChangesGone',
  410,
  'Changes since %(since)s are not kept. Read again what you follow, and go on with the changes since %(next)s.',
)
export const TooManyListeners = errorType(
  'TooManyListeners',
  503,
  'Too many listen for changes (%(limit)s may). Try again later, or ask for pages.',
)
