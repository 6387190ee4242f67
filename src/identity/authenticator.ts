/**
 * Tells the API whose a token is. Answers are kept for a moment, a bounded number of them; `forget` ends that at once,
 * which whoever runs both the API and the identity wires to revocations.
 */
import type { Clock } from '#base/clock.ts'
import type { Credentials } from '#base/credentials.ts'
import type { Store } from '#store/store.ts'
import { credentialsOf, findValid, hashToken } from './tokens.ts'

export interface Authenticator {
  /** Null: the token is not, or no longer, valid. */
  (token: string): Promise<Credentials | null>
  /** What was found out before no longer counts. */
  forget(): void
}

const KEPT_MS = 2_000
const KEPT_MAX = 10_000
const TOKEN_LENGTH_MAX = 255

export function identityAuthenticator({ store, clock }: { store: Store; clock: Clock }): Authenticator {
  const kept = new Map<string, { readonly credentials: Credentials; readonly untilMs: number }>()
  let generation = 0

  const authenticate = async (token: string): Promise<Credentials | null> => {
    if (token === '' || token.length > TOKEN_LENGTH_MAX) return null
    const now = clock.now()
    const hash = hashToken(token)
    const known = kept.get(hash)
    if (known && now < known.untilMs) return known.credentials

    const asked = generation
    const valid = await store.read((tx) => findValid(tx, hash, now))
    kept.delete(hash)
    if (valid === null) return null
    const credentials = credentialsOf(valid)
    // An answer from before a revocation must not outlive it.
    if (asked === generation) {
      if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value!)
      kept.set(hash, { credentials, untilMs: Math.min(now + KEPT_MS, valid.token.expires_at) })
    }
    return credentials
  }
  const forget = () => {
    generation++
    kept.clear()
  }
  return Object.assign(authenticate, { forget })
}

type Headers = { readonly [name: string]: string | string[] | undefined }

/** `auth_strategy = noauth`: everybody is an administrator, of the project the request names or of a made-up one. */
export function noauthAuthenticator(): (headers: Headers) => Promise<Credentials> {
  return async (headers) => {
    const text = (name: string) => (typeof headers[name] === 'string' ? headers[name] : null)
    const given = text('x-roles')?.split(',') ?? ['admin', 'manager', 'member', 'reader']
    const roles = given.map((role) => role.trim().toLowerCase()).filter((role) => role !== '')
    return {
      userId: text('x-user-id'),
      projectId: text('x-project-id') ?? text('x-tenant-id') ?? 'fake_project_id',
      projectName: text('x-project-name'),
      roles: roles.sort(),
    }
  }
}
