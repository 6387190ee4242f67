/**
 * The bus as its users see it: targets, messages, a transport that carries them, and contracts as data. Method names,
 * arguments and versions are upstream's (contract/); a transport adds nothing and loses nothing.
 * Source: oslo.messaging's RPC concepts (topic, server, fanout, call, cast, version).
 */
import { OperatingError } from '#base/errors.ts'
import type { Json, JsonObject } from '#base/json.ts'
import type { Closeable } from '#base/lifetime.ts'

export interface Target {
  readonly topic: string
  /** One server of the topic by its host; absent: any one of them. */
  readonly host?: string
  /** Every server of the topic; casts only. */
  readonly fanout?: true
}

export interface Message {
  readonly method: string
  readonly args: JsonObject
  /** `1.9`: same major, at most the server's minor. */
  readonly version: string
  readonly namespace?: string
  /** The sender's request context, `request_id` among its keys. */
  readonly context: JsonObject
}

export interface CallOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export type Dispatch = (message: Message) => Promise<Json>

export interface Transport extends Closeable {
  /** Waits for the answer. @throws RemoteError when the server failed, CallTimeout when it did not answer in time. */
  call(target: Target, message: Message, options: CallOptions): Promise<Json>
  /** Waits only until the message is on its way. A message nobody serves is dropped. */
  cast(target: Target, message: Message): Promise<void>
  /** Serves a topic: messages to the topic, to the topic at this host, and its fanout. */
  serve(topic: string, host: string, dispatch: Dispatch): Promise<Closeable>
  /** Called whenever the connection came (back): what was cast meanwhile is lost, so read everything again. */
  onConnect(run: () => void): void
}

/** The server's exception, by the name of its class (`NetworkNotFound`, `NoSuchMethod`, …). */
export class RemoteError extends OperatingError {
  override name = 'RemoteError'
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export class CallTimeout extends OperatingError {
  override name = 'CallTimeout'
}

/** A method as data: the version it came with. The type parameters are its arguments and its result. */
export interface Method<Args, Result> {
  readonly since: string
  readonly types?: { readonly args: Args; readonly result: Result }
}

export function method<Args, Result>(since: string): Method<Args, Result> {
  return { since }
}

// biome-ignore lint/suspicious/noExplicitAny: any method at all
export type Methods = { readonly [name: string]: Method<any, any> }

export interface Contract<M extends Methods> {
  readonly topic: string
  /** The newest version a server of it speaks. */
  readonly version: string
  readonly methods: M
}

export function contract<M extends Methods>(topic: string, version: string, methods: M): Contract<M> {
  return { topic, version, methods }
}

export type ArgsOf<M> = M extends Method<infer Args, unknown> ? Args : never
export type ResultOf<M> =
  M extends Method<never, infer Result> ? Result : M extends Method<infer _Args, infer Result> ? Result : never

/** Typed callers for a contract. */
export interface Client<M extends Methods> {
  call<Name extends keyof M & string>(
    name: Name,
    args: ArgsOf<M[Name]>,
    options?: Partial<CallOptions>,
  ): Promise<ResultOf<M[Name]>>
  cast<Name extends keyof M & string>(name: Name, args: ArgsOf<M[Name]>): Promise<void>
}

/** A client over a transport. `timeoutMs` is `rpc_response_timeout`. */
export function client<M extends Methods>(
  transport: Transport,
  { topic, methods }: Contract<M>,
  { timeoutMs, context }: { timeoutMs: number; context: () => JsonObject },
): Client<M> {
  const message = (name: string, args: unknown): Message => ({
    method: name,
    args: args as JsonObject,
    version: methods[name]!.since,
    context: context(),
  })
  return {
    call: async (name, args, options = {}) =>
      (await transport.call({ topic }, message(name, args), { timeoutMs, ...options })) as never,
    cast: (name, args) => transport.cast({ topic }, message(name, args)),
  }
}
