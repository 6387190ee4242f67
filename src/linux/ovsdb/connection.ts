/**
 * One JSON-RPC session with an ovsdb-server over a Unix or TCP socket: requests with deadlines, notifications, answers
 * to echo. It knows nothing of tables and does not connect again: ovsdb.ts does. Source: RFC 7047, §4.
 */
import { connect, type Socket } from 'node:net'
import { OperatingError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { JsonStream } from './json-stream.ts'

/** `unix:/run/openvswitch/db.sock`, `tcp:127.0.0.1:6640` or `tcp:[::1]:6640`. */
export type Address = { readonly path: string } | { readonly host: string; readonly port: number }

/** Null when the text is none of them (`ssl:` is not spoken). */
export function parseAddress(text: string): Address | null {
  if (text.startsWith('unix:') && text.length > 5) return { path: text.slice(5) }
  const match = /^tcp:(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text)
  if (!match) return null
  return { host: (match[1] ?? match[2])!, port: Number(match[3] ?? 6640) }
}

/** The server refused an operation; `error` is its word for it (`constraint violation`, `timed out`, …). */
export class OvsdbError extends OperatingError {
  override name = 'OvsdbError'
  readonly error: string

  constructor(error: string, details: string) {
    super(`OVSDB: ${error}: ${details}`)
    this.error = error
  }
}

interface Pending {
  readonly resolve: (result: Json) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

interface Incoming {
  readonly id?: number | string | null
  readonly method?: string
  readonly params?: Json
  readonly result?: Json
  readonly error?: Json
}

export class Session {
  readonly #socket: Socket
  readonly #pending = new Map<number, Pending>()
  readonly #stream = new JsonStream()
  readonly #notified: (method: string, params: Json) => void
  #nextId = 0
  /** Resolves, with the reason, once it is over. */
  readonly ended: Promise<Error>

  private constructor(socket: Socket, notified: (method: string, params: Json) => void) {
    this.#socket = socket
    this.#notified = notified
    socket.setEncoding('utf8')
    let reason: Error = new OperatingError('OVSDB: the connection was closed')
    socket.on('error', (error) => {
      reason = error
    })
    socket.on('data', (piece: string) => {
      try {
        for (const message of this.#stream.push(piece)) this.#receive(message as Incoming)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        for (const { reject, timer } of this.#pending.values()) {
          clearTimeout(timer)
          reject(new OperatingError('OVSDB: the connection was lost', { cause: reason }))
        }
        this.#pending.clear()
        resolve(reason)
      })
    })
  }

  static open(address: Address, timeoutMs: number, notified: (method: string, params: Json) => void): Promise<Session> {
    return new Promise((resolve, reject) => {
      const socket = connect(address)
      const where = 'path' in address ? address.path : `${address.host}:${address.port}`
      const fail = (cause: Error) => {
        clearTimeout(timer)
        socket.destroy()
        reject(new OperatingError(`OVSDB: cannot connect to ${where}: ${cause.message}`, { cause }))
      }
      const timer = setTimeout(() => fail(new Error('it does not answer')), timeoutMs)
      socket.once('error', fail)
      socket.once('connect', () => {
        clearTimeout(timer)
        socket.off('error', fail)
        socket.setNoDelay(true)
        resolve(new Session(socket, notified))
      })
    })
  }

  /** @throws OperatingError when the connection is lost or the deadline passes, OvsdbError when refused. */
  request(method: string, params: Json, timeoutMs: number): Promise<Json> {
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) {
        reject(new OperatingError('OVSDB: the connection was lost'))
        return
      }
      const timer = setTimeout(() => {
        this.#pending.delete(id)
        reject(new OperatingError(`OVSDB: no answer to ${method} within ${timeoutMs} ms`))
      }, timeoutMs)
      this.#pending.set(id, { resolve, reject, timer })
      this.#socket.write(JSON.stringify({ id, method, params }))
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #receive({ id, method, params, result, error }: Incoming): void {
    if (method === 'echo') this.#socket.write(JSON.stringify({ id, result: params ?? [], error: null }))
    else if (method !== undefined) this.#notified(method, params ?? [])
    else {
      const pending = this.#pending.get(id as number)
      if (!pending) return
      this.#pending.delete(id as number)
      clearTimeout(pending.timer)
      if (error === null || error === undefined) pending.resolve(result ?? null)
      else pending.reject(new OvsdbError(typeof error === 'string' ? error : JSON.stringify(error), 'refused'))
    }
  }
}
