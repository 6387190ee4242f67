/**
 * A client whose answers are no longer waited for once a signal aborts: ^C in the shell ends the command and not the
 * session. What was sent is not taken back.
 */
import type { Client } from './command.ts'
import { Interrupted } from './errors.ts'

export function interruptible(client: Client, signal: AbortSignal): Client {
  const until = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const stop = () => reject(new Interrupted())
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    })
  return {
    request: (...words) => until(client.request(...words)),
    list: (...words) => until(client.list(...words)),
    session: () => until(client.session()),
    endpoint: () => until(client.endpoint()),
  }
}
