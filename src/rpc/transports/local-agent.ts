/**
 * The connecting side of `local:///path/bus.sock`: an agent's process. Connects, connects again with a growing pause when
 * the server is gone, and serves its topics anew each time. A call waits for the connection within its deadline; one
 * that was under way when the connection broke fails, because nobody knows whether it was done.
 */
import { connect, type Socket } from 'node:net'
import { OperatingError } from '#base/errors.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { CallOptions, Dispatch, Message, Target, Transport } from '#rpc/rpc.ts'
import { type Frame, readFrames, sendFrame } from './frames.ts'
import { LocalConsumer, resultOf, sharedAbort, untilAborted, withDeadline } from './hub.ts'

const RECONNECT_MS_MIN = 50
const RECONNECT_MS_MAX = 2_000
/** How long a cast or the start of serving waits for the connection. */
const CONNECT_MS_MAX = 10_000
const OUTSTANDING_MAX = 10_000

interface Served {
  readonly id: number
  readonly consumer: LocalConsumer
  confirm: () => void
}

export function localAgentTransport(path: string, { log }: { readonly log: Log }): Transport {
  return new LocalAgentTransport(path, log)
}

class LocalAgentTransport implements Transport {
  readonly #path: string
  readonly #log: Log
  readonly #closing = sharedAbort()
  readonly #onConnect: (() => void)[] = []
  readonly #served = new Map<number, Served>()
  readonly #waiting = new Map<number, { resolve: (text: string) => void; reject: (error: unknown) => void }>()
  readonly #forConnection = new Set<(socket: Socket) => void>()
  readonly #done: Promise<void>
  #socket: Socket | null = null
  #lastId = 0

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
    this.#done = this.#stayConnected()
  }

  async call(target: Target, message: Message, options: CallOptions) {
    const text = JSON.stringify(message)
    const signals = options.signal ? [options.signal, this.#closing.signal] : [this.#closing.signal]
    const what = { target, method: message.method }
    return await withDeadline(what, { timeoutMs: options.timeoutMs, signals }, async (signal) => {
      const startedAt = performance.now()
      const socket = await this.#connected(signal)
      if (this.#waiting.size >= OUTSTANDING_MAX) throw new OperatingError('too many calls are outstanding')
      const id = ++this.#lastId
      const timeoutMs = Math.max(1, options.timeoutMs - (performance.now() - startedAt))
      const reply = untilAborted<string>(signal, (resolve, reject) => {
        this.#waiting.set(id, { resolve, reject })
        sendFrame(socket, { do: 'call', id, target, text, timeoutMs })
        return () => this.#waiting.delete(id)
      })
      try {
        return resultOf(await reply)
      } catch (error) {
        if (signal.aborted) sendFrame(socket, { do: 'forget', id })
        throw error
      }
    })
  }

  async cast(target: Target, message: Message): Promise<void> {
    const text = JSON.stringify(message)
    const what = { target, method: message.method }
    const options = { timeoutMs: CONNECT_MS_MAX, signals: [this.#closing.signal] }
    const socket = await withDeadline(what, options, (signal) => this.#connected(signal))
    sendFrame(socket, { do: 'cast', target, text })
  }

  async serve(topic: string, host: string, dispatch: Dispatch): Promise<Closeable> {
    const id = ++this.#lastId
    const overflow = () => this.#resynchronise()
    const consumer = new LocalConsumer(topic, host, dispatch, { log: this.#log, overflow })
    const confirmed = Promise.withResolvers<void>()
    this.#served.set(id, { id, consumer, confirm: confirmed.resolve })
    // Without a connection yet, it is served as soon as there is one: an agent may start before its server.
    if (this.#socket) {
      sendFrame(this.#socket, { do: 'serve', id, topic, host })
      await Promise.race([confirmed.promise, sleep(CONNECT_MS_MAX, this.#closing.signal)])
    }
    return {
      close: async () => {
        this.#served.delete(id)
        if (this.#socket) sendFrame(this.#socket, { do: 'unserve', id })
        consumer.close()
      },
    }
  }

  onConnect(run: () => void): void {
    this.#onConnect.push(run)
  }

  async close(): Promise<void> {
    this.#closing.abort(new OperatingError('the transport is closed'))
    this.#socket?.destroy()
    await this.#done
    for (const { consumer } of this.#served.values()) consumer.close()
    this.#served.clear()
  }

  #connected(signal: AbortSignal): Promise<Socket> {
    if (this.#socket) return Promise.resolve(this.#socket)
    return untilAborted(signal, (resolve) => {
      this.#forConnection.add(resolve)
      return () => this.#forConnection.delete(resolve)
    })
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#closing
    let failures = 0
    while (!signal.aborted) {
      const socket = await open(this.#path)
      if (signal.aborted) socket?.destroy()
      else if (socket) {
        failures = 0
        await this.#use(socket)
      } else failures++
      const pauseMs = Math.min(RECONNECT_MS_MIN * 2 ** Math.min(failures, 10), RECONNECT_MS_MAX)
      await sleep(pauseMs / 2 + (Math.random() * pauseMs) / 2, signal).catch(() => {})
    }
  }

  /** Until the connection ends. */
  #use(socket: Socket): Promise<void> {
    return new Promise((resolve) => {
      socket.on('error', (error) => this.#log.warn('rpc connection failed', { path: this.#path, error }))
      socket.on('close', () => {
        this.#socket = null
        const lost = new OperatingError(`the connection to ${this.#path} is lost`)
        for (const { reject } of this.#waiting.values()) reject(lost)
        if (!this.#closing.signal.aborted) this.#log.warn('rpc disconnected', { path: this.#path })
        resolve()
      })
      readFrames(socket, (frame) => this.#take(socket, frame))
      this.#socket = socket
      this.#log.info('rpc connected', { path: this.#path })
      for (const { id, consumer } of this.#served.values()) {
        sendFrame(socket, { do: 'serve', id, topic: consumer.topic, host: consumer.host })
      }
      for (const give of this.#forConnection) give(socket)
      this.#resynchronise()
    })
  }

  #take(socket: Socket, frame: Frame): void {
    if (frame.do === 'served') this.#served.get(frame.id)?.confirm()
    else if (frame.do === 'reply') this.#waiting.get(frame.id)?.resolve(frame.text)
    else if (frame.do === 'deliver') {
      const consumer = this.#served.get(frame.consumer)?.consumer
      if (frame.id === undefined) consumer?.drop(frame.text)
      else if (consumer) void this.#answer(socket, consumer, frame.id, frame.text)
    }
  }

  async #answer(socket: Socket, consumer: LocalConsumer, id: number, text: string): Promise<void> {
    try {
      sendFrame(socket, { do: 'reply', id, text: await consumer.deliver(text, this.#closing.signal) })
    } catch (error) {
      // A full queue or the end of this process: the caller's deadline tells it.
      this.#log.warn('rpc call not served', { topic: consumer.topic, error })
    }
  }

  #resynchronise(): void {
    for (const run of this.#onConnect) run()
  }
}

function open(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const failed = () => resolve(null)
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      resolve(socket)
    })
  })
}
