/**
 * `POST /v3/auth/tokens`: who the caller is, by password or by a token, and what the new token is good for.
 * Source: Identity API v3, "Password authentication with scoped authorization", "Token authentication …".
 */
import type { Clock } from '#base/clock.ts'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Store, Tx } from '#store/store.ts'
import { findByName, projectKind, userKind } from './accounts.ts'
import { invalid, missing, unauthorized } from './errors.ts'
import type { PasswordGate } from './passwords.ts'
import { DOMAIN, type Project, projects, type Token, type User, users } from './tables.ts'
import { findValid, hashToken, issueToken, rolesOf, type Valid } from './tokens.ts'

export interface Login {
  readonly store: Store
  readonly clock: Clock
  readonly gate: PasswordGate
}

type Scope = 'none' | 'default' | { readonly id: string } | { readonly name: string }

interface Identified {
  readonly user: User
  readonly methods: readonly string[]
  readonly from: Token | null
}

/** The new token's text and what it is worth. @throws IdentityError 400, 401, 429 */
export async function login(
  { store, clock, gate }: Login,
  body: unknown,
  address: string,
): Promise<{ readonly text: string; readonly valid: Valid }> {
  const auth = isJsonObject(body) ? body.auth : undefined
  if (!isJsonObject(auth)) throw missing('auth', 'request body')
  const identity = auth.identity
  if (!isJsonObject(identity)) throw missing('identity', 'auth')
  const scope = scopeOf(auth.scope)
  const methods = Array.isArray(identity.methods) ? (identity.methods as readonly Json[]) : []

  const user = methods.includes('password')
    ? await byPassword({ store, clock, gate }, identity.password, address)
    : methods.includes('token')
      ? await byToken({ store, clock, gate }, identity.token)
      : null
  if (user === null) throw unauthorized()

  return await store.transaction(async (tx) => {
    const project = await projectOf(tx, user.user, scope)
    const now = clock.now()
    const { from } = user
    const text = await issueToken(
      tx,
      { user: user.user, methods: user.methods, project, ...(from === null ? {} : { from }) },
      now,
    )
    const valid = await findValid(tx, hashToken(text), now)
    if (valid === null) throw unauthorized()
    return { text, valid }
  })
}

async function byPassword({ store, gate }: Login, given: Json | undefined, address: string): Promise<Identified> {
  const who = isJsonObject(given) ? given.user : undefined
  if (!isJsonObject(who)) throw missing('user', 'password')
  const { id, name, password } = who
  if (typeof password !== 'string') throw missing('password', 'user')
  if (typeof id !== 'string' && typeof name !== 'string') throw missing('id or name', 'user')
  const inDomain = typeof id === 'string' || isDefaultDomain(who.domain, 'user')

  const user = await store.read((tx) =>
    typeof id === 'string' ? tx.find(users, { id }) : findByName(tx, userKind, String(name)),
  )
  const key = JSON.stringify([address, user?.id ?? id ?? name])
  const right = await gate.checkPassword(key, password, user?.password_hash ?? null)
  if (!right || !user?.enabled || !inDomain) throw unauthorized()
  return { user, methods: ['password'], from: null }
}

async function byToken({ store, clock }: Login, given: Json | undefined): Promise<Identified> {
  const id = isJsonObject(given) ? given.id : undefined
  if (typeof id !== 'string') throw missing('id', 'token')
  const valid = await store.read((tx) => findValid(tx, hashToken(id), clock.now()))
  if (valid === null) throw unauthorized()
  return { user: valid.user, methods: ['token'], from: valid.token }
}

/** @throws IdentityError 401: nobody has a role on a domain or on the system here. */
function scopeOf(scope: Json | undefined): Scope {
  if (scope === undefined) return 'default'
  if (scope === 'unscoped') return 'none'
  if (!isJsonObject(scope)) throw invalid("Invalid input for field 'scope'.")
  if (scope.unscoped !== undefined) return 'none'
  if (scope.domain !== undefined) throw unauthorized('User has no access to the domain: tokens are scoped to projects.')
  if (scope.system !== undefined) throw unauthorized('User has no access to the system: tokens are scoped to projects.')
  const { project } = scope
  if (!isJsonObject(project)) throw missing('project', 'scope')
  if (typeof project.id === 'string') return { id: project.id }
  if (typeof project.name !== 'string') throw missing('id or name', 'project')
  // A project of a domain that is not there is one the user has no role in.
  return isDefaultDomain(project.domain, 'project') ? { name: project.name } : { id: '' }
}

/** @throws IdentityError 400 when no domain is named: a name alone says not whose. */
function isDefaultDomain(domain: Json | undefined, target: string): boolean {
  if (!isJsonObject(domain)) throw missing('domain', target)
  return domain.id === DOMAIN.id || domain.name === DOMAIN.name || domain.name === DOMAIN.id
}

async function projectOf(tx: Tx, user: User, scope: Scope): Promise<Project | null> {
  if (scope === 'none') return null
  if (scope === 'default') {
    const own = user.default_project_id
    const project = own === null ? null : await tx.find(projects, { id: own })
    return project?.enabled && (await rolesOf(tx, user.id, project.id)).length > 0 ? project : null
  }
  const project =
    'id' in scope ? await tx.find(projects, { id: scope.id }) : await findByName(tx, projectKind, scope.name)
  if (!project?.enabled || (await rolesOf(tx, user.id, project.id)).length === 0) throw unauthorized()
  return project
}

/** A token as clients are shown it. Unscoped ones have neither project nor roles nor catalogue. Pure. */
export function tokenBody(valid: Valid, catalog: readonly JsonObject[] | null): JsonObject {
  const { token, user, project, roles } = valid
  const domain = { id: DOMAIN.id, name: DOMAIN.name }
  return {
    methods: token.methods.split(','),
    user: { domain, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: token.audit_ids.split(','),
    issued_at: micros(token.issued_at),
    expires_at: micros(token.expires_at),
    ...(project === null
      ? {}
      : {
          project: { domain, id: project.id, name: project.name },
          is_domain: false,
          roles: roles.map(({ id, name }) => ({ id, name })),
          ...(catalog === null ? {} : { catalog }),
        }),
  }
}

function micros(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, '000Z')
}
