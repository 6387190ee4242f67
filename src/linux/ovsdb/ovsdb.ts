/**
 * Open vSwitch's database: a mirror of the tables we use, kept by `monitor`, and transactions. A lost connection comes
 * back by itself with a growing pause; meanwhile the mirror stands as it was and transactions fail.
 * Source: RFC 7047; ovs-vswitchd.conf.db(5) for next_cfg and cur_cfg.
 */
import { setMaxListeners } from 'node:events'
import { OperatingError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Closeable } from '#base/lifetime.ts'
import { sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { type Address, OvsdbError, parseAddress, Session } from './connection.ts'
import { COLUMNS, type TableName, type Tables } from './tables.ts'
import { decode, type Kind, uuid, type Value } from './values.ts'

const DATABASE = 'Open_vSwitch'
const PAUSE_MS_MIN = 100
const PAUSE_MS_MAX = 5_000

export interface OvsdbOptions {
  /** `ovsdb_connection`. */
  readonly connection: string
  readonly log: Log
  /** How long one transaction, and what Open vSwitch makes of it, may take: `ovsdb_timeout`. */
  readonly timeoutMs?: number
}

/** A row that came, went or changed. */
export interface Change {
  readonly table: TableName
  readonly uuid: string
  readonly before: { readonly [column: string]: unknown } | null
  readonly after: { readonly [column: string]: unknown } | null
}

export type Operation = JsonObject

/** Connects and reads the tables. @throws OperatingError when the first connection cannot be made. */
export async function openOvsdb(options: OvsdbOptions): Promise<Ovsdb> {
  const address = parseAddress(options.connection)
  if (!address) throw new OperatingError(`OVSDB: not an address: ${options.connection}`)
  const ovsdb = new Ovsdb(address, options)
  await ovsdb.start()
  return ovsdb
}

export class Ovsdb implements Closeable {
  readonly #address: Address
  readonly #log: Log
  readonly #timeoutMs: number
  readonly #abort = new AbortController()
  readonly #tables = new Map<TableName, Map<string, Tables[TableName]>>()
  readonly #changed = new Set<(changes: readonly Change[]) => void>()
  readonly #connected = new Set<() => void>()
  #session: Session | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(address: Address, { log, timeoutMs = 10_000 }: OvsdbOptions) {
    this.#address = address
    this.#log = log
    this.#timeoutMs = timeoutMs
    setMaxListeners(0, this.#abort.signal)
  }

  async start(): Promise<void> {
    const session = await this.#connect()
    this.#running = this.#stayConnected(session)
  }

  rows<Name extends TableName>(table: Name): readonly Tables[Name][] {
    return [...(this.#tables.get(table)?.values() ?? [])] as unknown as Tables[Name][]
  }

  row<Name extends TableName>(table: Name, uuid: string): Tables[Name] | null {
    return (this.#tables.get(table)?.get(uuid) as Tables[Name] | undefined) ?? null
  }

  byName<Name extends 'Bridge' | 'Port' | 'Interface'>(table: Name, name: string): Tables[Name] | null {
    for (const row of this.#tables.get(table)?.values() ?? []) {
      if ((row as Tables[Name]).name === name) return row as Tables[Name]
    }
    return null
  }

  get root(): Tables['Open_vSwitch'] {
    const root = this.rows('Open_vSwitch')[0]
    if (!root) throw new OperatingError('OVSDB: the table Open_vSwitch is empty: ovs-vswitchd was never started on it')
    return root
  }

  get isConnected(): boolean {
    return this.#session !== null
  }

  /** Calls `run` after each update with the rows that changed; answers how to stop that. */
  onChange(run: (changes: readonly Change[]) => void): () => void {
    this.#changed.add(run)
    return () => this.#changed.delete(run)
  }

  /** Calls `run` each time the connection came back and the mirror was read anew. */
  onReconnect(run: () => void): () => void {
    this.#connected.add(run)
    return () => this.#connected.delete(run)
  }

  /** All of them or none. The mirror shows the outcome when this returns. @throws OvsdbError, OperatingError */
  async transact(operations: readonly Operation[]): Promise<readonly Json[]> {
    if (operations.length === 0) return []
    const session = this.#session
    if (!session) throw new OperatingError('OVSDB: not connected')
    const results = (await session.request('transact', [DATABASE, ...operations], this.#timeoutMs)) as Json[]
    for (const [index, result] of results.entries()) {
      const { error, details } = (result ?? {}) as { error?: string; details?: string }
      if (error) throw new OvsdbError(error, `${details ?? ''} ${JSON.stringify(operations[index] ?? null)}`)
    }
    return results
  }

  /** Columns beside the mirror, of one row, as they are now; nothing when the row is gone. */
  async select<Columns extends { readonly [column: string]: Kind }>(
    table: TableName,
    id: string,
    columns: Columns,
  ): Promise<readonly { readonly [Column in keyof Columns]: never }[]> {
    const where = [['_uuid', '==', uuid(id)]]
    const [result] = await this.transact([{ op: 'select', table, where, columns: Object.keys(columns) }])
    const { rows } = result as unknown as { readonly rows: readonly JsonObject[] }
    return rows.map(
      (row) =>
        Object.fromEntries(Object.entries(columns).map(([name, kind]) => [name, decode(kind, row[name]!)])) as never,
    )
  }

  /** A transaction, and then waits until ovs-vswitchd has acted on it: devices exist, ports have numbers. */
  async commit(operations: readonly Operation[], signal?: AbortSignal): Promise<void> {
    if (operations.length > 0) await this.#commit(operations, signal)
  }

  /** Waits until ovs-vswitchd has acted on all that stands in the database now; also after it was started anew. */
  async settled(signal?: AbortSignal): Promise<void> {
    await this.#commit([], signal)
  }

  async #commit(operations: readonly Operation[], signal?: AbortSignal): Promise<void> {
    const ticket = [
      { op: 'mutate', table: 'Open_vSwitch', where: [], mutations: [['next_cfg', '+=', 1]] },
      { op: 'select', table: 'Open_vSwitch', where: [], columns: ['next_cfg'] },
    ]
    const results = await this.transact([...operations, ...ticket])
    const { rows } = results[operations.length + 1] as unknown as { rows: [{ next_cfg: number }] }
    const { next_cfg } = rows[0]
    await this.waitUntil(() => this.root.cur_cfg >= next_cfg, `ovs-vswitchd to reach configuration ${next_cfg}`, signal)
  }

  /** Waits for the mirror to show something. @throws OperatingError when it does not in time. */
  waitUntil(holds: () => boolean, what: string, signal?: AbortSignal): Promise<void> {
    if (holds()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const finish = (error?: Error) => {
        clearTimeout(timer)
        stop()
        this.#abort.signal.removeEventListener('abort', aborted)
        signal?.removeEventListener('abort', aborted)
        if (error) reject(error)
        else resolve()
      }
      const aborted = () => finish(new OperatingError(`OVSDB: no longer waiting for ${what}`))
      const timer = setTimeout(
        () => finish(new OperatingError(`OVSDB: waited ${this.#timeoutMs} ms for ${what}`)),
        this.#timeoutMs,
      )
      const stop = this.onChange(() => holds() && finish())
      this.#abort.signal.addEventListener('abort', aborted, { once: true })
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  async close(): Promise<void> {
    this.#abort.abort(new Error('closed'))
    this.#session?.close()
    await this.#running
  }

  async #stayConnected(first: Session): Promise<void> {
    let session = first
    while (!this.#abort.signal.aborted) {
      const reason = await session.ended
      this.#session = null
      if (this.#abort.signal.aborted) return
      this.#log.warn('ovsdb connection lost', { reason: reason.message })
      const next = await this.#connectAgain()
      if (!next) return
      session = next
      this.#log.info('ovsdb connected')
      for (const run of this.#connected) run()
    }
  }

  async #connectAgain(): Promise<Session | null> {
    for (let pauseMs = PAUSE_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        await sleep(pauseMs, this.#abort.signal)
        return await this.#connect()
      } catch (error) {
        if (this.#abort.signal.aborted) return null
        this.#log.debug('ovsdb not reachable', { error })
      }
    }
  }

  async #connect(): Promise<Session> {
    // Updates that come along with the first full reading are applied after it.
    let early: JsonObject[] | null = []
    const session = await Session.open(this.#address, this.#timeoutMs, (method, params) => {
      if (method !== 'update') return
      const updates = (params as Json[])[1] as JsonObject
      if (early) early.push(updates)
      else this.#apply(updates)
    })
    const wanted = Object.fromEntries(
      Object.entries(COLUMNS).map(([table, columns]) => [table, { columns: Object.keys(columns) }]),
    )
    try {
      const tables = (await session.request('monitor', [DATABASE, 'mirror', wanted], this.#timeoutMs)) as JsonObject
      const stale = [...this.#tables].flatMap(([table, rows]) => [...rows.values()].map((row) => ({ table, row })))
      this.#tables.clear()
      this.#session = session
      this.#apply(tables, stale)
      for (const updates of early) this.#apply(updates)
      early = null
      return session
    } catch (error) {
      session.close()
      throw error
    }
  }

  /** `stale`: rows known before the tables were read anew; those that are not among them now have gone. */
  #apply(updates: JsonObject, stale: readonly { table: TableName; row: Tables[TableName] }[] = []): void {
    const changes: Change[] = []
    const olds = new Map(stale.map(({ table, row }) => [`${table} ${row.uuid}`, row]))
    for (const [name, rows] of Object.entries(updates)) {
      const table = name as TableName
      const known = this.#tables.get(table) ?? new Map<string, Tables[TableName]>()
      this.#tables.set(table, known)
      for (const [uuid, update] of Object.entries(rows as JsonObject)) {
        const { new: current } = update as { new?: JsonObject }
        const key = `${table} ${uuid}`
        const before = known.get(uuid) ?? olds.get(key) ?? null
        olds.delete(key)
        const after = current ? decodeRow(table, uuid, current) : null
        if (after) known.set(uuid, after)
        else known.delete(uuid)
        changes.push({ table, uuid, before, after } as unknown as Change)
      }
    }
    for (const [key, before] of olds) {
      changes.push({
        table: key.split(' ')[0] as TableName,
        uuid: before.uuid,
        before,
        after: null,
      } as unknown as Change)
    }
    for (const run of this.#changed) run(changes)
  }
}

function decodeRow(table: TableName, uuid: string, row: JsonObject): Tables[TableName] {
  const values: Record<string, Value> = { uuid }
  for (const [column, kind] of Object.entries(COLUMNS[table])) values[column] = decode(kind, row[column]!)
  return values as unknown as Tables[TableName]
}
