/**
 * Whose request it is. How that is found out (a token, trusted headers) is the caller's business; here is what a
 * request without an answer is told. Source: keystonemiddleware's 401.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Reply } from '#api/faults.ts'
import type { Credentials } from '#base/credentials.ts'

/** Null when the request does not prove whose it is. */
export type Authenticate = (headers: IncomingHttpHeaders) => Promise<Credentials | null>

/** `uri`: where tokens are to be had (`www_authenticate_uri`). Pure. */
export function unauthorized(uri: string): Reply {
  const body = {
    error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
  }
  return { status: 401, body: JSON.stringify(body), headers: { 'www-authenticate': `Keystone uri="${uri}"` } }
}
