/**
 * Tokens: issued, read, revoked. A token is a random text of which only the hash is kept; what it is worth is read anew
 * each time, so that a role taken away or a user disabled counts at once.
 * Source: Identity API v3, "Authentication and token management"; Keystone's implied roles.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Credentials } from '#base/credentials.ts'
import type { Tx } from '#store/store.ts'
import {
  assignments,
  type Project,
  projects,
  type Role,
  roles,
  type Token,
  tokens,
  type User,
  users,
} from './tables.ts'

/** A valid token and what it is worth now. */
export interface Valid {
  readonly token: Token
  readonly user: User
  /** Null: unscoped. */
  readonly project: Project | null
  /** In that project, implied ones included, by name. */
  readonly roles: readonly Role[]
}

const TOKEN_BYTES = 32
export const TOKEN_SECONDS = 3_600

/** Whoever has the first has the others too. */
const IMPLIES: { readonly [role: string]: readonly string[] } = {
  admin: ['manager', 'member', 'reader'],
  manager: ['member', 'reader'],
  member: ['reader'],
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export interface Issue {
  readonly user: User
  readonly project: Project | null
  readonly methods: readonly string[]
  /** The token this one was made from: it ends no later. */
  readonly from?: Token
}

/** Answers the token's text, which is kept nowhere. */
export async function issueToken(tx: Tx, { user, project, methods, from }: Issue, nowMs: number): Promise<string> {
  const text = randomBytes(TOKEN_BYTES).toString('base64url')
  const audit = randomBytes(16).toString('base64url')
  const row: Token = {
    token_hash: hashToken(text),
    user_id: user.id,
    project_id: project?.id ?? null,
    methods: [...new Set([...(from?.methods.split(',') ?? []), ...methods])].join(','),
    audit_ids: from ? `${audit},${from.audit_ids.split(',').at(-1)}` : audit,
    issued_at: nowMs,
    expires_at: from?.expires_at ?? nowMs + TOKEN_SECONDS * 1_000,
  }
  await tx.insert(tokens, [row])
  return text
}

/** Null when the token is unknown, over, revoked, or its user, project or last role there is gone. */
export async function findValid(tx: Tx, hash: string, nowMs: number): Promise<Valid | null> {
  const token = await tx.find(tokens, { token_hash: hash })
  if (token === null || token.expires_at <= nowMs) return null
  const user = await tx.find(users, { id: token.user_id })
  if (!user?.enabled) return null
  if (token.project_id === null) return { token, user, project: null, roles: [] }
  const project = await tx.find(projects, { id: token.project_id })
  if (!project?.enabled) return null
  const held = await rolesOf(tx, user.id, project.id)
  return held.length === 0 ? null : { token, user, project, roles: held }
}

/** The user's roles in the project, implied ones included, by name. */
export async function rolesOf(tx: Tx, userId: string, projectId: string): Promise<Role[]> {
  const held = await tx.list(assignments, { user_id: userId, project_id: projectId })
  if (held.length === 0) return []
  const all = await tx.list(roles)
  const own = new Set(held.map(({ role_id }) => role_id))
  return withImplied(all, (role) => own.has(role.id))
}

/** Pure. */
export function withImplied(all: readonly Role[], isHeld: (role: Role) => boolean): Role[] {
  const names = new Set(all.filter(isHeld).flatMap(({ name }) => [name, ...(IMPLIES[name] ?? [])]))
  return all.filter(({ name }) => names.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

export async function revokeToken(tx: Tx, hash: string): Promise<void> {
  await tx.remove(tokens, { token_hash: hash })
}

export async function revokeTokensOf(tx: Tx, userId: string): Promise<void> {
  await tx.remove(tokens, { user_id: userId })
}

export async function removeExpired(tx: Tx, nowMs: number): Promise<void> {
  await tx.sql.deleteFrom(tokens.name).where('expires_at', '<=', nowMs).execute()
}

export function credentialsOf({ user, project, roles }: Valid): Credentials {
  return {
    userId: user.id,
    projectId: project?.id ?? null,
    projectName: project?.name ?? null,
    roles: roles.map(({ name }) => name.toLowerCase()).sort(),
  }
}
