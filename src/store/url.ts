/**
 * `[database] connection` as operators write it, in SQLAlchemy's form: `sqlite:////abs/path.db` (`sqlite://` in memory),
 * `postgresql://u:p@host:5432/db`, `mysql+pymysql://u:p@host:3306/db?charset=utf8`. The driver after `+` is SQLAlchemy's
 * business and is ignored. Pure. Source: SQLAlchemy, "Database URLs".
 */

export interface ServerUrl {
  readonly user: string
  readonly password: string
  readonly host: string
  readonly port: number
  readonly database: string
  /** A unix socket: a file for MySQL, the directory of it for PostgreSQL. */
  readonly socket: string | null
}

export type DatabaseUrl =
  | { readonly dialect: 'sqlite'; readonly path: string | null }
  | ({ readonly dialect: 'postgres' | 'mysql' } & ServerUrl)

const SERVERS: { readonly [scheme: string]: { readonly dialect: 'postgres' | 'mysql'; readonly port: number } } = {
  postgresql: { dialect: 'postgres', port: 5432 },
  postgres: { dialect: 'postgres', port: 5432 },
  mysql: { dialect: 'mysql', port: 3306 },
  mariadb: { dialect: 'mysql', port: 3306 },
}

/** @throws Error that names what is wrong, without the password */
export function parseUrl(url: string): DatabaseUrl {
  const match = /^([a-z]+)(?:\+[a-z0-9_]+)?:\/\/(.*)$/s.exec(url)
  if (!match) throw new Error('connection: expected <dialect>[+driver]://…')
  const [, scheme = '', rest = ''] = match
  if (scheme === 'sqlite') return { dialect: 'sqlite', path: sqlitePath(rest) }
  const server = SERVERS[scheme]
  if (!server) throw new Error(`connection: unknown dialect ${scheme}; known are sqlite, postgresql and mysql`)
  return { dialect: server.dialect, ...parseServer(scheme, rest, server.port) }
}

function parseServer(scheme: string, rest: string, port: number): ServerUrl {
  // A stand-in scheme: with one it does not know, URL leaves host and port alone.
  // `user@/db` and `/db` leave the host out, which URL refuses.
  const whole = `db://${rest.replace(/^([^/@]*@)?\//, '$1localhost/')}`
  if (!URL.canParse(whole)) throw new Error(`connection: ${scheme}://… is no valid URL`)
  const parsed = new URL(whole)
  const hosted = parsed.searchParams.get('host')
  const database = decodeURIComponent(parsed.pathname.slice(1))
  if (database === '') throw new Error(`connection: ${scheme}://…/<database> lacks the database`)
  return {
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    host: hosted ?? parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || parsed.searchParams.get('port') || port),
    database,
    socket: parsed.searchParams.get('unix_socket') ?? (hosted?.startsWith('/') ? hosted : null),
  }
}

/** After `sqlite://` comes `/` and the path: `/rel.db`, `//abs/path.db`; nothing, or `:memory:`, is in memory. */
function sqlitePath(rest: string): string | null {
  const path = rest.replace(/^\//, '').replace(/\?.*$/s, '')
  return path === '' || path === ':memory:' ? null : path
}

/** The URL as it may be shown. Pure. */
export function withoutPassword(url: string): string {
  return url.replace(/^([^/]*:\/\/[^:@/]*):.*@(?=[^@]*$)/s, '$1:***@').replace(/([?&]password=)[^&]*/g, '$1***')
}
