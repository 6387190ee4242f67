/** Errors as Keystone's clients know them. Source: Identity API v3, "Errors"; the texts as clients print them. */

export class IdentityError extends Error {
  override name = 'IdentityError'
  readonly status: number
  readonly title: string
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | null

  constructor(status: number, message: string, retryAfter: number | null = null) {
    super(message)
    this.status = status
    this.title = TITLES[status] ?? 'Error'
    this.retryAfter = retryAfter
  }
}

const TITLES: { readonly [status: number]: string } = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export const unauthorized = (message = 'The request you have made requires authentication.') =>
  new IdentityError(401, message)

export const forbidden = (action: string) =>
  new IdentityError(403, `You are not authorized to perform the requested action: ${action}.`)

export const notFound = (kind: string, id: string) => new IdentityError(404, `Could not find ${kind}: ${id}.`)

export const invalid = (message: string) =>
  new IdentityError(
    400,
    `${message} The server could not comply with the request since it is either malformed or otherwise incorrect. ` +
      'The client is assumed to be in error.',
  )

export const missing = (attribute: string, target: string) => invalid(`Expecting to find ${attribute} in ${target}.`)

export const duplicate = (kind: string, name: string) =>
  new IdentityError(
    409,
    `Conflict occurred attempting to store ${kind} - Duplicate entry found with name ${name} at domain ID default.`,
  )

export const busy = (status: 429 | 503, message: string, retryAfter: number) =>
  new IdentityError(status, message, retryAfter)
