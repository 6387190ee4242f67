/** Transactions over a pool of connections: PostgreSQL's, MySQL's, and SQLite's readers. One attempt each. */
import type { Connection } from '#store/dialects/dialect.ts'
import type { Pool, Pooled } from './pool.ts'

export type Mode = 'write' | 'read'

export interface PooledConnection extends Connection, Pooled {
  begin(mode: Mode): Promise<void>
  /** @throws Conflict when it is certain that nothing was committed */
  commit(): Promise<void>
  rollback(): Promise<void>
  /** It is in an unknown state: never to be handed out again. */
  spoil(): void
}

/** Begin, run, commit; or roll back and throw what `run` threw. */
export async function inTransaction<C extends PooledConnection, T>(
  pool: Pool<C>,
  mode: Mode,
  run: (connection: Connection) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const connection = await pool.acquire(signal)
  try {
    return await once(connection, mode, run)
  } finally {
    pool.release(connection)
  }
}

/** The same on that connection. */
export async function once<T>(
  connection: PooledConnection,
  mode: Mode,
  run: (connection: Connection) => Promise<T>,
): Promise<T> {
  try {
    await connection.begin(mode)
    const result = await run(connection)
    // What was read is known, whatever becomes of the connection now.
    if (mode === 'read') await connection.commit().catch(() => connection.spoil())
    else await connection.commit()
    return result
  } catch (error) {
    await connection.rollback().catch(() => connection.spoil())
    throw error
  }
}
