/** One request to the built-in identity as routes see it, and what they answer. */
import type { Clock } from '#base/clock.ts'
import type { JsonObject } from '#base/json.ts'
import type { Store } from '#store/store.ts'
import type { Catalog } from './catalog.ts'
import type { PasswordGate } from './passwords.ts'
import type { Valid } from './tokens.ts'

export interface Call {
  readonly params: { readonly [name: string]: string }
  readonly query: { readonly [name: string]: string }
  readonly body: unknown
  readonly headers: { readonly [name: string]: string | undefined }
  /** `http://127.0.0.1:5000`, as the client reached it. */
  readonly base: string
  /** The client's address. */
  readonly address: string
  /** Null on routes open to everybody. */
  readonly caller: Valid | null
  readonly host: IdentityHost
}

export interface IdentityHost {
  readonly store: Store
  readonly clock: Clock
  readonly gate: PasswordGate
  readonly catalog: Catalog
}

export interface Reply {
  readonly status: number
  readonly body?: JsonObject
  readonly headers?: { readonly [name: string]: string }
  /** Rights may have become fewer: what was known of tokens is no longer. */
  readonly revokes?: true
}

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /**
   * Who may call it: everybody; whoever has a token; administrators; administrators and the user the path names;
   * administrators and whoever has a role in the project the path names.
   */
  readonly access: 'public' | 'token' | 'admin' | 'user' | 'project'
  /** As Keystone names the policy: shown in a refusal. */
  readonly action: string
  run(call: Call): Promise<Reply>
}

export function isAdmin({ roles }: Valid): boolean {
  return roles.some(({ name }) => name === 'admin')
}
