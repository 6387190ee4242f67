/**
 * Server and agents in one process: calls and casts through a hub in memory, every message through JSON text in both
 * directions. Nothing survives the process; nothing has to, because its users share its fate.
 */
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { CallOptions, Dispatch, Message, Target, Transport } from '#rpc/rpc.ts'
import { Hub, LocalConsumer, resultOf, sharedAbort, withDeadline } from './hub.ts'

export function inProcessTransport({ log }: { readonly log: Log }): Transport {
  return new InProcessTransport(new Hub(), log)
}

/** A transport over a hub of this process; `local.ts` adds a socket to the same hub. */
export class InProcessTransport implements Transport {
  readonly #hub: Hub
  readonly #log: Log
  readonly #onConnect: (() => void)[] = []
  readonly #served = new Set<Closeable>()
  readonly #closed = sharedAbort()

  constructor(hub: Hub, log: Log) {
    this.#hub = hub
    this.#log = log
  }

  async call(target: Target, message: Message, options: CallOptions) {
    const text = JSON.stringify(message)
    const signals = options.signal ? [this.#closed.signal, options.signal] : [this.#closed.signal]
    const limit = { timeoutMs: options.timeoutMs, signals }
    return await withDeadline({ target, method: message.method }, limit, async (until) =>
      resultOf(await this.#hub.call(target, text, until)),
    )
  }

  async cast(target: Target, message: Message): Promise<void> {
    this.#hub.cast(target, JSON.stringify(message))
  }

  async serve(topic: string, host: string, dispatch: Dispatch): Promise<Closeable> {
    const overflow = () => {
      for (const run of this.#onConnect) run()
    }
    const consumer = new LocalConsumer(topic, host, dispatch, { log: this.#log, overflow })
    const remove = this.#hub.add(consumer)
    const served = {
      close: async () => {
        remove()
        this.#served.delete(served)
        consumer.close()
      },
    }
    this.#served.add(served)
    return served
  }

  /** The connection never breaks; it is called only when casts had to be dropped. */
  onConnect(run: () => void): void {
    this.#onConnect.push(run)
  }

  async close(): Promise<void> {
    this.#closed.abort(new OperatingError('the transport is closed'))
    await Promise.all([...this.#served].map((served) => served.close()))
  }
}
