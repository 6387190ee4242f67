/**
 * Answers agents' calls: every endpoint the plugins registered, one method table per topic, upstream's version rule. What
 * a handler throws travels as the name of its class and its text.
 * Source: oslo.messaging's dispatcher: same major version, at most the endpoint's minor; the first endpoint that fits wins.
 */
import { WireError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { type Closeable, deadline } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Dispatch, Message, Transport } from './rpc.ts'

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

/** Serves every topic among the endpoints. Closing it aborts what runs and waits for it. */
export async function serveEndpoints({ transport, endpoints, host, log }: ServeOptions): Promise<Closeable> {
  const stop = new AbortController()
  const running = new Set<Promise<unknown>>()
  const served: Closeable[] = []
  for (const [topic, own] of Map.groupBy(endpoints, ({ topic }) => topic)) {
    const dispatch = dispatcher(own, stop.signal)
    const tracked: Dispatch = (message) => {
      log.debug('rpc', { topic, method: message.method, request_id: message.context.request_id })
      const answer = dispatch(message).finally(() => running.delete(answer))
      running.add(answer)
      return answer
    }
    served.push(await transport.serve(topic, host, tracked))
  }
  return {
    close: async () => {
      await Promise.all(served.map((each) => each.close()))
      stop.abort(new WireError('ServiceUnavailable', 503, 'The server stops.'))
      await Promise.allSettled(running)
    },
  }
}

/** @throws WireError `NoSuchMethod` or `UnsupportedVersion` as upstream's dispatcher words them. */
export function dispatcher(endpoints: readonly Endpoint[], signal: AbortSignal): Dispatch {
  return async ({ method, args, version = '1.0', namespace }: Message) => {
    let compatible = false
    for (const endpoint of endpoints) {
      if (namespace || !isCompatible(version, endpoint.version)) continue
      compatible = true
      const handler = Object.hasOwn(endpoint.methods, method) ? endpoint.methods[method] : undefined
      if (handler) return await handler(args, deadline(HANDLER_MS_MAX, signal))
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
