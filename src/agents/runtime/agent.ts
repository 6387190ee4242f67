/** What an agent is handed at its start, and what runs then. Each exports one `start…Agent(host)`; cmd/ calls it. */
import type { Clock } from '#base/clock.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import type { Config } from '#config/options.ts'
import type { Transport } from '#rpc/rpc.ts'

export interface AgentHost {
  readonly config: Config
  readonly transport: Transport
  readonly log: Log
  readonly clock: Clock
}

export interface RunningAgent extends Closeable {
  /** Resolves when the first full sync is done: the host is as the server wants it. */
  synced(): Promise<void>
  /** Changes made to the host since the start; 0 after a start over a good host. */
  readonly stepsTaken: number
}
