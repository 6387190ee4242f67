/** The built-in identity's rows. There is one domain, `default`, and it has no row. */
import type { JsonObject } from '#base/json.ts'
import migration from '#identity/migrations/0001-identity.expand.ts'
import { table } from '#store/store.ts'

export interface Project {
  id: string
  name: string
  enabled: boolean
  /** What clients store besides and are shown again: description, email. */
  extra: JsonObject
}
export interface User extends Project {
  /** Null: no password is right. */
  password_hash: string | null
  default_project_id: string | null
}
export type Role = Project

export interface Assignment {
  user_id: string
  project_id: string
  role_id: string
}

export interface Token {
  /** SHA-256 of the token: who reads the database cannot use it. */
  token_hash: string
  user_id: string
  /** Null: unscoped. */
  project_id: string | null
  /** Joined with commas. */
  methods: string
  audit_ids: string
  /** Milliseconds since 1970. */
  issued_at: number
  expires_at: number
}

const named = { id: 'text', name: 'text', enabled: 'boolean', extra: 'json' } as const

export const projects = table<Project>('identity_projects', named)
export const users = table<User>('identity_users', { ...named, password_hash: 'text', default_project_id: 'text' })
export const roles = table<Role>('identity_roles', named)
export const assignments = table<Assignment>('identity_assignments', {
  user_id: 'text',
  project_id: 'text',
  role_id: 'text',
})
export const tokens = table<Token>('identity_tokens', {
  token_hash: 'text',
  user_id: 'text',
  project_id: 'text',
  methods: 'text',
  audit_ids: 'text',
  issued_at: 'integer',
  expires_at: 'integer',
})

/** What a database must have had applied before it is served. */
export const identityMigrations = [{ name: 'identity/0001-identity.expand', steps: migration }]

export const DOMAIN = { id: 'default', name: 'Default' } as const
