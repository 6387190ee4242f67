/**
 * Many small askings as one: what is asked within the same few milliseconds is answered by one bulk read or made by one
 * bulk change. What is asked while one is under way waits for the next, so no answer is older than its question.
 */
import { setImmediate } from 'node:timers/promises'

export type Batched<Key, Value> = (keys: readonly Key[], signal: AbortSignal) => Promise<Value>

interface Waiting<Key, Value> {
  readonly keys: readonly Key[]
  readonly signal: AbortSignal
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

/** A function that runs `bulk` for all keys asked together, at most `max` at a time; all of them share its outcome. */
export function batched<Key, Value>(
  max: number,
  bulk: (keys: readonly Key[], signal: AbortSignal) => Promise<Value>,
): Batched<Key, Value> {
  let waiting: Waiting<Key, Value>[] = []
  let running = false

  const drain = async () => {
    running = true
    await setImmediate()
    while (waiting.length > 0) {
      const turn = waiting.splice(0, max)
      // One who no longer waits must not stop the others: only when all have gone does the bulk end.
      const signal = turn.length === 1 ? turn[0]!.signal : allOf(turn.map((item) => item.signal))
      try {
        const value = await bulk([...new Set(turn.flatMap((item) => item.keys))], signal)
        for (const item of turn) item.resolve(value)
      } catch (error) {
        for (const item of turn) item.reject(error)
      }
    }
    running = false
  }

  return (keys, signal) =>
    new Promise((resolve, reject) => {
      waiting = [...waiting, { keys, signal, resolve, reject }]
      if (!running) void drain()
    })
}

function allOf(signals: readonly AbortSignal[]): AbortSignal {
  const all = new AbortController()
  const check = () => signals.every((signal) => signal.aborted) && all.abort(signals[0]!.reason)
  for (const signal of signals) signal.addEventListener('abort', check, { once: true })
  check()
  return all.signal
}

/** Lets at most `max` of these run at a time; the others wait their turn. */
export function limited(max: number): <T>(run: () => Promise<T>) => Promise<T> {
  const queue: (() => void)[] = []
  let running = 0
  return async (run) => {
    if (running >= max) await new Promise<void>((resolve) => queue.push(resolve))
    else running++
    try {
      return await run()
    } finally {
      const next = queue.shift()
      if (next) next()
      else running--
    }
  }
}
