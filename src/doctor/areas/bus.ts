/** The bus between server and agents, asked by a call over it that the server answers. */
import { connect } from 'node:net'
import { newRequestId } from '#base/ids.ts'
import { silentLog } from '#base/log.ts'
import { common } from '#config/common.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import type { Site } from '#doctor/site.ts'
import { agentState } from '#rpc/contract/agent-state.ts'
import { client } from '#rpc/rpc.ts'
import { openTransport } from '#rpc/transports/open.ts'

const CALL_MS_MAX = 5_000
const CONNECT_MS_MAX = 3_000
const AMQP_PORT = 5672

export const bus: readonly Check[] = [
  {
    area: 'bus',
    subject: 'server on the bus',
    why: 'Agents hear of no change and count as dead while the server does not answer on the bus.',
    applies: ({ roles }) => (roles.size === 0 ? 'this host is configured for no process' : null),
    check: asked,
  },
]

async function asked(site: Site, signal: AbortSignal): Promise<Verdict> {
  const { transport_url } = site.config.of(common)
  const [, scheme = '', rest = ''] = /^([\w+-]+):\/\/(.*)$/s.exec(transport_url) ?? []
  if (scheme === 'in-process')
    return note('in-process://: only agents within the process of the server hear of changes')
  if (scheme !== 'local') return await unsupported(scheme, rest, signal)
  const reached = await tcpOrSocket({ path: rest }, signal)
  if (reached !== null) {
    const owes = 'neutron-server, which makes that socket'
    return lacking(`nobody listens at ${rest}: ${reached}`, site.restart('server'), owes)
  }
  return await called(site, transport_url, signal)
}

async function called(site: Site, url: string, signal: AbortSignal): Promise<Verdict> {
  const transport = await openTransport(url, { role: 'agent', log: silentLog })
  const started = performance.now()
  try {
    const server = client(transport, agentState, {
      timeoutMs: CALL_MS_MAX,
      context: () => ({ request_id: newRequestId(), is_admin: true }),
    })
    await server.call('has_alive_neutron_server', {}, { signal })
    return good(`neutron-server answered after ${Math.round(performance.now() - started)} ms`)
  } catch (error) {
    return lacking(`the bus is there, the server does not answer: ${textOf(error)}`, site.restart('server'))
  } finally {
    await transport.close()
  }
}

/** What is asked for and not served; whether its brokers can be reached is said too. */
async function unsupported(scheme: string, rest: string, signal: AbortSignal): Promise<Verdict> {
  const named = scheme === '' ? 'a URL without a scheme' : `${scheme}://`
  const brokers = await Promise.all(
    brokersOf(rest).map(async ({ host, port }) => {
      const refused = await tcpOrSocket({ host, port }, signal)
      return `${host}:${port} ${refused === null ? 'is reachable' : `is not reachable (${refused})`}`
    }),
  )
  const seen = brokers.length > 0 ? `; ${brokers.join(', ')}` : ''
  return lacking(
    `transport_url: ${named} is not served by this release${seen}`,
    'transport_url = local:///var/lib/neutron/bus.sock   (in [DEFAULT] of neutron.conf, for server and agents)',
  )
}

/** `user:password@host:port,…/vhost`: hosts and ports alone. Pure. Source: oslo.messaging, "Transport URL". */
export function brokersOf(rest: string): { readonly host: string; readonly port: number }[] {
  const end = /\/[^/]*$/.exec(rest)?.index ?? rest.length
  return rest
    .slice(0, end)
    .split(',')
    .map((part) => part.slice(part.lastIndexOf('@') + 1))
    .flatMap((place) => {
      const match = /^(?:\[([^\]]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(place)
      return match ? [{ host: (match[1] ?? match[2])!, port: Number(match[3] ?? AMQP_PORT) }] : []
    })
}

type Place = { readonly path: string } | { readonly host: string; readonly port: number }

/** Null when somebody accepts a connection there; else the reason why nobody does. */
function tcpOrSocket(place: Place, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ ...place, signal })
    const end = (answer: string | null) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(CONNECT_MS_MAX, () => end('no answer'))
    socket.once('connect', () => end(null))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
