/**
 * Projects, users and roles: what may be stored and how it is shown. One machine for the three, which differ only in
 * what is said here as data. Who may ask is decided in routes.ts.
 * Source: Identity API v3, "Projects", "Users", "Roles".
 */
import { randomUUID } from 'node:crypto'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { DuplicateKey, type Store, type Table, type Tx } from '#store/store.ts'
import { duplicate, invalid, missing, notFound } from './errors.ts'
import { hashPassword, PASSWORD_LENGTH_MAX } from './passwords.ts'
import { DOMAIN, type Project, projects, type Role, roles, tokens, type User, users } from './tables.ts'

export interface Kind<Row extends Project> {
  readonly name: string
  readonly collection: string
  readonly table: Table<Row>
  readonly nameLengthMax: number
  /** Attributes that are no extras, besides `name`, `enabled` and `domain_id`. */
  readonly own: readonly string[]
  /** The kind's own columns from a request. May take long: passwords are hashed here, outside any transaction. */
  read(body: JsonObject, creating: boolean): Promise<Partial<Row>>
  show(row: Row): JsonObject
}

const LIST_MAX = 10_000
const EXTRAS_LENGTH_MAX = 8_192
/** Shown, never stored: what clients send back unchanged is not an extra. */
const SHOWN = ['id', 'name', 'enabled', 'domain_id', 'links', 'options', 'is_domain', 'parent_id']

export const projectKind: Kind<Project> = {
  name: 'project',
  collection: 'projects',
  table: projects,
  nameLengthMax: 64,
  own: [],
  async read(body) {
    if (body.is_domain === true) throw invalid('Another domain than Default is not supported.')
    const parent = body.parent_id ?? DOMAIN.id
    if (parent !== DOMAIN.id) throw invalid('Nested projects are not supported.')
    return {}
  },
  show: ({ id, name, enabled, extra }) => ({
    description: '',
    tags: [],
    ...extra,
    id,
    name,
    enabled,
    domain_id: DOMAIN.id,
    parent_id: DOMAIN.id,
    is_domain: false,
    options: {},
  }),
}

export const userKind: Kind<User> = {
  name: 'user',
  collection: 'users',
  table: users,
  nameLengthMax: 255,
  own: ['password', 'default_project_id', 'password_expires_at'],
  async read(body, creating) {
    const values: Partial<User> = creating ? { password_hash: null, default_project_id: null } : {}
    if (body.default_project_id !== undefined) values.default_project_id = textOrNull(body, 'default_project_id', 36)
    if (body.password === undefined) return values
    const password = textOrNull(body, 'password', PASSWORD_LENGTH_MAX)
    if (password === '') throw invalid("Invalid input for field 'password'.")
    return { ...values, password_hash: password === null ? null : await hashPassword(password) }
  },
  show: ({ id, name, enabled, default_project_id, extra }) => ({
    ...extra,
    id,
    name,
    enabled,
    domain_id: DOMAIN.id,
    default_project_id,
    password_expires_at: null,
    options: {},
  }),
}

export const roleKind: Kind<Role> = {
  name: 'role',
  collection: 'roles',
  table: roles,
  nameLengthMax: 255,
  own: [],
  read: async () => ({}),
  show: ({ id, name, extra }) => ({ description: null, ...extra, id, name, domain_id: null, options: {} }),
}

export function newAccountId(): string {
  return randomUUID().replaceAll('-', '')
}

/** @throws IdentityError 400 for what cannot be stored, 409 for a name that is taken. */
export async function create<Row extends Project>(store: Store, kind: Kind<Row>, body: unknown): Promise<Row> {
  const values = objectOf(kind, body)
  const name = nameOf(kind, values.name)
  refuseDomain(values.domain_id)
  const row = {
    id: newAccountId(),
    name,
    enabled: enabledOf(values.enabled) ?? true,
    extra: extrasOf(kind, values),
    ...(await kind.read(values, true)),
  } as unknown as Row
  await named(kind, name, () => store.transaction((tx) => tx.insert(kind.table, [row])))
  return row
}

/** A user whose password changes or who is disabled loses every token. @throws IdentityError */
export async function update<Row extends Project>(store: Store, kind: Kind<Row>, id: string, body: unknown) {
  const values = objectOf(kind, body)
  refuseDomain(values.domain_id)
  const enabled = enabledOf(values.enabled)
  const own = await kind.read(values, false)
  const name = values.name === undefined ? undefined : nameOf(kind, values.name)
  return await named(kind, name ?? id, () =>
    store.transaction(async (tx) => {
      const before = await get(tx, kind, id)
      const set: Partial<Project> = {
        ...own,
        ...(name === undefined ? {} : { name }),
        ...(enabled === null ? {} : { enabled }),
        extra: bounded({ ...before.extra, ...extrasOf(kind, values) }),
      }
      await tx.update(projectTable(kind), { id }, set)
      const revoked = 'password_hash' in own || enabled === false
      if (revoked && kind.name === 'user') await tx.remove(tokens, { user_id: id })
      return await get(tx, kind, id)
    }),
  )
}

/** @throws IdentityError 404 */
export async function remove<Row extends Project>(tx: Tx, kind: Kind<Row>, id: string): Promise<void> {
  if ((await tx.remove(projectTable(kind), { id })) === 0) throw notFound(kind.name, id)
}

/** @throws IdentityError 404 */
export async function get<Row extends Project>(tx: Tx, kind: Kind<Row>, id: string): Promise<Row> {
  const row = await tx.find(projectTable(kind), { id })
  if (row === null) throw notFound(kind.name, id)
  return row as Row
}

export async function findByName<Row extends Project>(tx: Tx, kind: Kind<Row>, name: string): Promise<Row | null> {
  return (await tx.find(projectTable(kind), { name })) as Row | null
}

export interface Filters {
  readonly name?: string
  readonly enabled?: string
  readonly domain_id?: string
  readonly default_project_id?: string
}

/** By name; `truncated` when there are more than are shown. */
export async function list<Row extends Project>(tx: Tx, kind: Kind<Row>, filters: Filters) {
  if (filters.domain_id !== undefined && filters.domain_id !== DOMAIN.id && kind.name !== 'role') {
    return { rows: [], truncated: false }
  }
  const where: { name?: string; enabled?: boolean } = {}
  if (filters.name !== undefined) where.name = filters.name
  if (filters.enabled !== undefined) where.enabled = !/^(?:false|0|no|off)$/i.test(filters.enabled)
  const predicates = Object.entries(where).map(([column, value]) => ({ op: 'in', column, values: [value] }) as const)
  const rows = await tx.select(kind.table, {
    where: { op: 'and', of: predicates },
    sort: [{ column: 'name', direction: 'asc' }],
    limit: LIST_MAX + 1,
  })
  return { rows: rows.slice(0, LIST_MAX), truncated: rows.length > LIST_MAX }
}

/** The three tables' common columns. */
function projectTable<Row extends Project>(kind: Kind<Row>): Table<Project> {
  return kind.table as unknown as Table<Project>
}

async function named<T>(kind: { readonly name: string }, name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof DuplicateKey) throw duplicate(kind.name, name)
    throw error
  }
}

function objectOf<Row extends Project>(kind: Kind<Row>, body: unknown): JsonObject {
  const values = isJsonObject(body) ? body[kind.name] : undefined
  if (!isJsonObject(values)) throw missing(kind.name, 'request body')
  if (isJsonObject(values.options) && Object.keys(values.options).length > 0) throw invalid('There are no options.')
  return values
}

function nameOf<Row extends Project>(kind: Kind<Row>, name: Json | undefined): string {
  if (name === undefined) throw missing('name', kind.name)
  if (typeof name !== 'string' || name.trim() === '' || name.length > kind.nameLengthMax) {
    throw invalid(`Invalid input for field 'name': a text of 1 to ${kind.nameLengthMax} characters is expected.`)
  }
  return name
}

function enabledOf(enabled: Json | undefined): boolean | null {
  if (enabled === undefined) return null
  if (typeof enabled !== 'boolean') throw invalid("Invalid input for field 'enabled': a boolean is expected.")
  return enabled
}

function textOrNull(body: JsonObject, name: string, lengthMax: number): string | null {
  const value = body[name]
  if (value === null || (typeof value === 'string' && value.length <= lengthMax)) return value
  throw invalid(`Invalid input for field '${name}': a text of at most ${lengthMax} characters is expected.`)
}

function refuseDomain(id: Json | undefined): void {
  if (id !== undefined && id !== null && id !== DOMAIN.id) throw notFound('domain', String(id))
}

function extrasOf<Row extends Project>(kind: Kind<Row>, values: JsonObject): JsonObject {
  const known = new Set([...SHOWN, ...kind.own])
  return bounded(Object.fromEntries(Object.entries(values).filter(([name]) => !known.has(name))))
}

function bounded(extras: JsonObject): JsonObject {
  if (JSON.stringify(extras).length > EXTRAS_LENGTH_MAX) throw invalid('The attributes are too long together.')
  return extras
}
