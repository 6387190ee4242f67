/**
 * Answers agents' calls: every endpoint the plugins registered, one method table per topic, upstream's version rule. What
 * a handler throws travels as the name of its class and its text.
 * Source: oslo.messaging's dispatcher: same major version, at most the endpoint's minor; the first endpoint that fits wins.
 */
import { WireError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Message, Transport } from './rpc.ts'

/** How long a handler may take: longer than any caller waits, short enough that none stays for ever. */
const HANDLER_MS_MAX = 600_000

export interface Endpoint {
  readonly topic: string
  /** The newest version it speaks. */
  readonly version: string
  readonly methods: { readonly [method: string]: (args: JsonObject, signal: AbortSignal) => Promise<Json> }
}

export interface ServeOptions {
  readonly transport: Transport
  readonly endpoints: readonly Endpoint[]
  /** `[DEFAULT] host`: messages may be for this server alone. */
  readonly host: string
  readonly log: Log
}

/** Handlers that run, and how to end them. */
class Running {
  readonly #calls = new Map<AbortController, Promise<unknown>>()

  /** Runs a handler under its deadline. */
  async run(handler: (signal: AbortSignal) => Promise<Json>): Promise<Json> {
    const abort = new AbortController()
    const late = () => abort.abort(new WireError('ServiceUnavailable', 503, 'The call has taken too long.'))
    const timer = setTimeout(late, HANDLER_MS_MAX)
    const answer = handler(abort.signal)
    this.#calls.set(abort, answer)
    try {
      return await answer
    } finally {
      clearTimeout(timer)
      this.#calls.delete(abort)
    }
  }

  async end(): Promise<void> {
    const calls = [...this.#calls]
    for (const [abort] of calls) abort.abort(new WireError('ServiceUnavailable', 503, 'The server stops.'))
    await Promise.allSettled(calls.map(([, answer]) => answer))
  }
}

/** Serves every topic among the endpoints. Closing it aborts what runs and waits for it. */
export async function serveEndpoints({ transport, endpoints, host, log }: ServeOptions): Promise<Closeable> {
  const running = new Running()
  const served: Closeable[] = []
  for (const [topic, own] of Map.groupBy(endpoints, ({ topic }) => topic)) {
    const find = finder(own)
    served.push(
      await transport.serve(topic, host, async (message) => {
        log.debug('rpc', { topic, method: message.method, request_id: message.context.request_id })
        const handler = find(message)
        return await running.run((signal) => handler(message.args, signal))
      }),
    )
  }
  return {
    close: async () => {
      await Promise.all(served.map((each) => each.close()))
      await running.end()
    },
  }
}

type Handler = Endpoint['methods'][string]

/**
 * Finds the handler of a message; pure.
 * @throws WireError `NoSuchMethod` or `UnsupportedVersion` as upstream's dispatcher words them.
 */
export function finder(endpoints: readonly Endpoint[]): (message: Message) => Handler {
  return ({ method, version = '1.0', namespace }) => {
    let compatible = false
    for (const endpoint of endpoints) {
      if (namespace || !isCompatible(version, endpoint.version)) continue
      compatible = true
      const handler = Object.hasOwn(endpoint.methods, method) ? endpoint.methods[method] : undefined
      if (handler) return handler
    }
    if (compatible) throw new WireError('NoSuchMethod', 404, `Endpoint does not support RPC method ${method}`)
    const text = `Endpoint does not support RPC version ${version}. Attempted method: ${method}`
    throw new WireError('UnsupportedVersion', 400, text)
  }
}

/** Pure. */
function isCompatible(asked: string, spoken: string): boolean {
  const [askedMajor, askedMinor = 0] = asked.split('.').map(Number)
  const [major, minor = 0] = spoken.split('.').map(Number)
  return askedMajor === major && askedMinor <= minor
}
