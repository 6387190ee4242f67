/**
 * The serving side of `local:///path/bus.sock`: processes of one host talk over a unix socket, without a broker. The
 * server's process holds the hub; agents connect (`local-agent.ts`), serve topics on it and call through it.
 * Who may connect is who may open the socket: it belongs to the server's user, mode 0600.
 */
import { chmod, mkdir, unlink } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { OperatingError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { CallOptions, Dispatch, Message, Target, Transport } from '#rpc/rpc.ts'
import { type Frame, readFrames, sendFrame } from './frames.ts'
import { type Consumer, Hub, QUEUED_MAX, type Reply, sharedAbort, untilAborted, withDeadline } from './hub.ts'
import { InProcessTransport } from './in-process.ts'

/** Answers of one agent that may be outstanding. */
const OUTSTANDING_MAX = QUEUED_MAX
/** The caller keeps the deadline and says when it gives up; this much later the hub forgets a call by itself. */
const FORGET_MS = 5_000

/** @throws OperatingError when another process serves that socket. */
export async function localServerTransport(path: string, { log }: { readonly log: Log }): Promise<Transport> {
  const hub = new Hub()
  const server = createServer((socket) => new Peer(hub, socket, log))
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await removeStale(path)
  await listen(server, path)
  return new LocalServerTransport(new InProcessTransport(hub, log), server, sockets)
}

class LocalServerTransport implements Transport {
  readonly #inner: InProcessTransport
  readonly #server: Server
  readonly #sockets: ReadonlySet<Socket>

  constructor(inner: InProcessTransport, server: Server, sockets: ReadonlySet<Socket>) {
    this.#inner = inner
    this.#server = server
    this.#sockets = sockets
  }

  call(target: Target, message: Message, options: CallOptions) {
    return this.#inner.call(target, message, options)
  }

  cast(target: Target, message: Message) {
    return this.#inner.cast(target, message)
  }

  serve(topic: string, host: string, dispatch: Dispatch) {
    return this.#inner.serve(topic, host, dispatch)
  }

  onConnect(run: () => void) {
    this.#inner.onConnect(run)
  }

  async close() {
    await this.#inner.close()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** A socket file nobody listens on is left over from a killed server. */
async function removeStale(path: string): Promise<void> {
  const state = await new Promise<'served' | 'stale' | 'none'>((resolve) => {
    const probe = connect(path)
    probe.on('connect', () => {
      probe.destroy()
      resolve('served')
    })
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ENOENT' ? 'none' : 'stale'))
  })
  if (state === 'served') throw new OperatingError(`transport_url: another process serves ${path}`)
  if (state === 'stale') await unlink(path)
}

async function listen(server: Server, path: string): Promise<void> {
  // The file must never be open to others, not even between bind and chmod.
  const umask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new OperatingError(`cannot listen on ${path}`, { cause: error })))
      server.listen(path, resolve)
      process.umask(umask)
    })
  } finally {
    process.umask(umask)
  }
  await chmod(path, 0o600)
}

/** One connected agent: its consumers are the hub's while it is connected. */
class Peer {
  readonly #hub: Hub
  readonly #socket: Socket
  readonly #log: Log
  readonly #remove = new Map<number, () => void>()
  readonly #waiting = new Map<number, { resolve: (text: string) => void; reject: (error: unknown) => void }>()
  readonly #calls = new Map<number, AbortController>()
  readonly #gone = sharedAbort()
  #lastId = 0

  constructor(hub: Hub, socket: Socket, log: Log) {
    this.#hub = hub
    this.#socket = socket
    this.#log = log
    readFrames(socket, (frame) => this.#take(frame))
    socket.on('error', (error) => log.warn('rpc connection failed', { error }))
    socket.on('close', () => this.#close())
  }

  #take(frame: Frame): void {
    if (frame.do === 'serve') this.#serve(frame)
    else if (frame.do === 'unserve') {
      this.#remove.get(frame.id)?.()
      this.#remove.delete(frame.id)
    } else if (frame.do === 'cast') this.#hub.cast(frame.target, frame.text)
    else if (frame.do === 'call') void this.#call(frame)
    else if (frame.do === 'reply') this.#waiting.get(frame.id)?.resolve(frame.text)
    else if (frame.do === 'forget') this.#calls.get(frame.id)?.abort(new OperatingError('the caller has given up'))
  }

  #serve({ id, topic, host }: Extract<Frame, { do: 'serve' }>): void {
    const consumer: Consumer = {
      topic,
      host,
      drop: (text) => sendFrame(this.#socket, { do: 'deliver', consumer: id, text }),
      deliver: (text, signal) => this.#deliver(id, text, signal),
    }
    this.#remove.get(id)?.()
    this.#remove.set(id, this.#hub.add(consumer))
    sendFrame(this.#socket, { do: 'served', id })
  }

  #deliver(consumer: number, text: string, signal: AbortSignal): Promise<string> {
    if (this.#waiting.size >= OUTSTANDING_MAX) throw new OperatingError('too many calls wait for one agent')
    const id = ++this.#lastId
    return untilAborted(signal, (resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      sendFrame(this.#socket, { do: 'deliver', consumer, text, id })
      return () => this.#waiting.delete(id)
    })
  }

  async #call({ id, target, text, timeoutMs }: Extract<Frame, { do: 'call' }>): Promise<void> {
    const abort = new AbortController()
    this.#calls.set(id, abort)
    const limit = { timeoutMs: timeoutMs + FORGET_MS, signals: [abort.signal, this.#gone.signal] }
    try {
      const reply = await withDeadline({ target, method: 'call' }, limit, (until) =>
        this.#hub.call(target, text, until),
      )
      sendFrame(this.#socket, { do: 'reply', id, text: reply })
    } catch (error) {
      // The caller's own deadline or the end of its connection has told it already; anything else is told here.
      if (!abort.signal.aborted) sendFrame(this.#socket, { do: 'reply', id, text: failure(error) })
    } finally {
      this.#calls.delete(id)
    }
  }

  #close(): void {
    const lost = new OperatingError('the connection to the agent is lost')
    this.#gone.abort(lost)
    for (const remove of this.#remove.values()) remove()
    for (const { reject } of this.#waiting.values()) reject(lost)
    this.#waiting.clear()
    this.#log.debug('rpc peer gone')
  }
}

function failure(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return JSON.stringify({ failure: { type: name, message } } satisfies Reply)
}
