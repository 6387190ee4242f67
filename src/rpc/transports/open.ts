/** `transport_url` → transport. A scheme that is not served here is refused at the start, not accepted silently. */
import { OperatingError } from '#base/errors.ts'
import type { Log } from '#base/log.ts'
import type { Transport } from '#rpc/rpc.ts'
import { inProcessTransport } from './in-process.ts'
import { localServerTransport } from './local.ts'
import { localAgentTransport } from './local-agent.ts'

export interface OpenOptions {
  /** The server holds the socket of a local bus; agents connect to it. */
  readonly role: 'server' | 'agent'
  readonly log: Log
}

/**
 * `local:///path/bus.sock`: processes of one host; `in-process://`: this process alone.
 * @throws OperatingError when the URL names no transport of ours, or its socket is taken.
 */
export async function openTransport(url: string, { role, log }: OpenOptions): Promise<Transport> {
  const [, scheme, path] = /^([\w+-]+):\/\/(.*)$/.exec(url) ?? []
  if (scheme === 'in-process') return inProcessTransport({ log })
  if (scheme !== 'local') {
    const named = scheme === undefined ? 'a URL without a scheme' : `${scheme}://`
    throw new OperatingError(`transport_url: ${named} is no transport; use local:///path/bus.sock`)
  }
  if (!path?.startsWith('/')) throw new OperatingError('transport_url: local:// needs an absolute path')
  return role === 'server' ? await localServerTransport(path, { log }) : localAgentTransport(path, { log })
}
