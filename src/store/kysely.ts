/**
 * Kysely on one connection of ours: what store.ts cannot say is said with `tx.sql`. It opens no connection and no
 * transaction, it compiles and hands over. Source: Kysely's dialect interface.
 */
import { createRequire } from 'node:module'
import type { DatabaseConnection, Dialect, Driver, Kysely, QueryResult } from 'kysely'
import type { Executed } from '#store/dialects/dialect.ts'
import type { Tx } from './store.ts'

/** Its 260 modules take as long to load as all of ours: the API answers before that. */
const load = createRequire(import.meta.url)
const kysely = () => load('kysely') as typeof import('kysely')

/** Loads Kysely before somebody waits for it. */
export function warmKysely(): void {
  kysely()
}

/** Kysely's tag for what its builder has no words for: `` sql()`a >> b` ``. */
export function sql(): typeof import('kysely').sql {
  return kysely().sql
}

interface Executor {
  execute(sql: string, values: readonly unknown[]): Promise<Executed>
}

/** Queries go to `connection` as they are; column values come back as the database's own. */
// biome-ignore lint/suspicious/noExplicitAny: the schema grows with the features that are loaded
export function kyselyOn(dialect: Tx['dialect'], connection: Executor): Kysely<any> {
  const { Kysely, ...library } = kysely()
  const [Adapter, Compiler, Introspector] = (
    {
      sqlite: [library.SqliteAdapter, library.SqliteQueryCompiler, library.SqliteIntrospector],
      postgres: [library.PostgresAdapter, library.PostgresQueryCompiler, library.PostgresIntrospector],
      mysql: [library.MysqlAdapter, library.MysqlQueryCompiler, library.MysqlIntrospector],
    } as const
  )[dialect]
  const own: Dialect = {
    createAdapter: () => new Adapter(),
    createQueryCompiler: () => new Compiler(),
    createIntrospector: (db) => new Introspector(db),
    createDriver: () => driverOn(connection),
  }
  return new Kysely({ dialect: own })
}

function driverOn(connection: Executor): Driver {
  const only: DatabaseConnection = {
    async executeQuery<R>({
      sql,
      parameters,
    }: {
      sql: string
      parameters: readonly unknown[]
    }): Promise<QueryResult<R>> {
      const { rows, affected, insertId } = await connection.execute(sql, parameters)
      return {
        rows: rows as R[],
        numAffectedRows: BigInt(affected),
        ...(insertId === null ? {} : { insertId }),
      }
    },
    streamQuery: () => refuse('a stream'),
  }
  return {
    init: async () => {},
    acquireConnection: async () => only,
    beginTransaction: () => refuse('a transaction in a transaction'),
    commitTransaction: () => refuse('a commit'),
    rollbackTransaction: () => refuse('a rollback'),
    releaseConnection: async () => {},
    destroy: async () => {},
  }
}

function refuse(what: string): never {
  throw new Error(`tx.sql is inside a transaction of the store: ${what} is not offered`)
}
