/**
 * Where messages meet their servers: consumers of topics, and the choice among them. Every message passes as JSON text,
 * so nothing crosses but what a wire could carry. Knows no sockets; transports put theirs around it.
 * Source: oslo.messaging's delivery rules: topic (one of all, in turn), topic at a host, fanout (each).
 */
import assert from 'node:assert/strict'
import { setMaxListeners } from 'node:events'
import { OperatingError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import type { Log } from '#base/log.ts'
import { CallTimeout, type Dispatch, type Message, RemoteError, type Target } from '#rpc/rpc.ts'

/** Messages that may wait for one consumer; beyond it casts are dropped and calls fail. */
export const QUEUED_MAX = 10_000
/** Messages one consumer may be working on. */
export const PARALLEL_MAX = 64
/** Calls that may wait for somebody to serve their topic. */
const PARKED_MAX = 1_000

/** Serves a topic at a host. `deliver` starts messages in the order it gets them and answers a reply's text. */
export interface Consumer {
  readonly topic: string
  readonly host: string
  deliver(text: string, signal: AbortSignal): Promise<string>
  /** A cast; never throws, never waits. */
  drop(text: string): void
}

/** What a reply's text holds. */
export type Reply =
  | { readonly result: Json }
  | { readonly failure: { readonly type: string; readonly message: string } }

export class Hub {
  readonly #topics = new Map<string, Consumer[]>()
  readonly #turns = new Map<string, number>()
  readonly #parked = new Map<string, Set<() => void>>()

  /** Answers how to take it away again. */
  add(consumer: Consumer): () => void {
    const { topic } = consumer
    this.#topics.set(topic, [...(this.#topics.get(topic) ?? []), consumer])
    for (const wake of this.#parked.get(topic) ?? []) wake()
    return () => {
      const rest = (this.#topics.get(topic) ?? []).filter((other) => other !== consumer)
      if (rest.length > 0) this.#topics.set(topic, rest)
      else this.#topics.delete(topic)
    }
  }

  cast(target: Target, text: string): void {
    const consumers = this.#topics.get(target.topic) ?? []
    if (target.fanout) for (const consumer of consumers) consumer.drop(text)
    else this.#choose(target)?.drop(text)
  }

  /** The reply's text. Waits for a consumer as a queue would. The signal carries the deadline and is thrown as it is. */
  async call(target: Target, text: string, signal: AbortSignal): Promise<string> {
    assert(!target.fanout, 'a call has one receiver')
    let consumer = this.#choose(target)
    while (!consumer) {
      await this.#parkedUntilServed(target.topic, signal)
      consumer = this.#choose(target)
    }
    return await consumer.deliver(text, signal)
  }

  #choose({ topic, host }: Target): Consumer | undefined {
    const all = this.#topics.get(topic) ?? []
    const able = host === undefined ? all : all.filter((consumer) => consumer.host === host)
    if (able.length < 2) return able[0]
    const turn = (this.#turns.get(topic) ?? -1) + 1
    this.#turns.set(topic, turn)
    return able[turn % able.length]
  }

  #parkedUntilServed(topic: string, signal: AbortSignal): Promise<void> {
    const parked = this.#parked.get(topic) ?? new Set()
    if (parked.size >= PARKED_MAX) return Promise.reject(new OperatingError(`too many calls wait for ${topic}`))
    this.#parked.set(topic, parked)
    return untilAborted(signal, (resolve) => {
      parked.add(resolve)
      return () => {
        parked.delete(resolve)
        if (parked.size === 0) this.#parked.delete(topic)
      }
    })
  }
}

/** A promise that the signal rejects with its reason; `start` answers what is to be tidied up when it is settled. */
export function untilAborted<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const settle =
      <V>(act: (value: V) => void) =>
      (value: V) => {
        signal.removeEventListener('abort', aborted)
        tidy()
        act(value)
      }
    const aborted = () => settle(reject)(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    const tidy = start(settle(resolve), settle(reject))
  })
}

/** A consumer of this process: a bounded queue before a dispatch, started in order, at most PARALLEL_MAX at a time. */
export class LocalConsumer implements Consumer {
  readonly topic: string
  readonly host: string
  readonly #dispatch: Dispatch
  readonly #log: Log
  readonly #overflow: () => void
  readonly #queue: (() => Promise<void>)[] = []
  readonly #running = new Set<Promise<void>>()

  /** `overflow` is called when casts had to be dropped: whoever serves must read everything again. */
  constructor(topic: string, host: string, dispatch: Dispatch, { log, overflow }: { log: Log; overflow: () => void }) {
    this.topic = topic
    this.host = host
    this.#dispatch = dispatch
    this.#log = log
    this.#overflow = overflow
  }

  deliver(text: string, signal: AbortSignal): Promise<string> {
    return untilAborted(signal, (resolve, reject) => {
      const fits = this.#enqueue(async () => {
        if (!signal.aborted) resolve(await this.#answer(text))
      })
      // Not before `start` has returned: the tidying it answers is called on settling.
      if (!fits) queueMicrotask(() => reject(new OperatingError(`the queue of ${this.topic} is full`)))
      return () => {}
    })
  }

  drop(text: string): void {
    if (this.#enqueue(async () => void (await this.#answer(text)))) return
    this.#log.warn('rpc cast dropped', { topic: this.topic, queued: QUEUED_MAX })
    this.#overflow()
  }

  /** Drops what waits. What runs is its owner's to end (`server.ts` does): a dispatch may take as long as it likes. */
  close(): void {
    this.#queue.length = 0
  }

  #enqueue(run: () => Promise<void>): boolean {
    if (this.#queue.length >= QUEUED_MAX) return false
    this.#queue.push(run)
    if (this.#queue.length === 1) setImmediate(() => this.#pump())
    return true
  }

  #pump(): void {
    while (this.#running.size < PARALLEL_MAX) {
      const run = this.#queue.shift()
      if (!run) return
      const running = run().finally(() => {
        this.#running.delete(running)
        this.#pump()
      })
      this.#running.add(running)
    }
  }

  async #answer(text: string): Promise<string> {
    const message = JSON.parse(text) as Message
    try {
      const result = (await this.#dispatch(message)) ?? null
      return JSON.stringify({ result } satisfies Reply)
    } catch (error) {
      const { type, message: reason } = failureOf(error)
      this.#log.warn('rpc failed', { topic: this.topic, method: message.method, type, error })
      return JSON.stringify({ failure: { type, message: reason } } satisfies Reply)
    }
  }
}

/** How an error travels: the name of its class and its text, never its stack. */
function failureOf(error: unknown): { type: string; message: string } {
  if (error instanceof RemoteError) return { type: error.type, message: error.message }
  if (error instanceof Error) return { type: error.name, message: error.message }
  return { type: 'Error', message: String(error) }
}

/** The result in a reply's text. @throws RemoteError when it holds a failure. */
export function resultOf(text: string): Json {
  const reply = JSON.parse(text) as Reply
  if ('failure' in reply) throw new RemoteError(reply.failure.type, reply.failure.message)
  return reply.result
}

/**
 * Runs a call under its deadline and the given signals, and lets go of them when it ends: a signal that lives as long
 * as the process must not remember every call there ever was.
 * @throws CallTimeout when the time is over; a signal's own reason when that aborts.
 */
export async function withDeadline<T>(
  what: { readonly target: Target; readonly method: string },
  { timeoutMs, signals }: { readonly timeoutMs: number; readonly signals: readonly AbortSignal[] },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const call = new AbortController()
  const late = () =>
    call.abort(new CallTimeout(`${what.target.topic} ${what.method}: no answer within ${timeoutMs} ms`))
  const timer = setTimeout(late, timeoutMs)
  const links = signals.map((signal) => {
    const abort = () => call.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    return () => signal.removeEventListener('abort', abort)
  })
  try {
    return await run(call.signal)
  } finally {
    clearTimeout(timer)
    for (const unlink of links) unlink()
  }
}

/** A controller whose signal many calls may listen to at once. */
export function sharedAbort(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
