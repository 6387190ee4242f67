/**
 * Metadata proxies: HTTP servers whose sockets listen inside router and DHCP namespaces while this process serves them,
 * and which pass what instances ask to the metadata agent's Unix socket, with the instance's address and the router's
 * or network's id. They know no instance and no secret. Source: reference of agents and RPC, §16, and HAProxy's limits.
 */
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { Log } from '#base/log.ts'
import { netnsId } from '#linux/inside.ts'
import { listenInside } from '#linux/listen.ts'
import type { Netns } from '#linux/netns.ts'
import { type ProxyIdentity, proxiedHeaders } from './headers.ts'

export interface ProxyListen {
  readonly address: string
  readonly port: number
}

export interface MetadataProxies {
  /**
   * Listens there in that namespace, for that router or network, and nowhere else in it. Idempotent; a namespace that
   * was made anew under its old name is listened in anew. @throws OperatingError when the socket cannot be had.
   */
  ensure(netns: Netns, listen: ProxyListen, identity: ProxyIdentity): Promise<void>
  /** Whether `ensure` with the same arguments would change nothing. */
  has(netns: Netns, listen: ProxyListen, identity: ProxyIdentity): boolean
  /** Stops listening in that namespace. Idempotent. */
  remove(netnsName: string): Promise<void>
  close(): Promise<void>
}

const CONNECTIONS_MAX = 1024
const UPSTREAM_SOCKETS_MAX = 256
const BODY_BYTES_MAX = 1024 * 1024
const REQUEST_MS_MAX = 30_000
const IDLE_MS_MAX = 30_000
const ANSWER_MS_MAX = 65_000 // the metadata agent itself gives Nova 60 seconds

interface Proxy {
  readonly server: Server
  readonly key: string
}

export function createMetadataProxies({ socketPath, log }: { socketPath: string; log: Log }): MetadataProxies {
  const proxies = new Map<string, Proxy>()
  const upstream = new Agent({ keepAlive: true, maxSockets: UPSTREAM_SOCKETS_MAX, timeout: ANSWER_MS_MAX })

  const remove = async (name: string) => {
    const proxy = proxies.get(name)
    proxies.delete(name)
    if (proxy) await stopServer(proxy.server)
  }
  const has: MetadataProxies['has'] = (netns, listen, identity) =>
    proxies.get(nameOf(netns))?.key === keyOf(netns, listen, identity)

  return {
    has,
    remove,
    async ensure(netns, listen, identity) {
      if (has(netns, listen, identity)) return
      await remove(nameOf(netns))
      const server = createServer({ connectionsCheckingInterval: IDLE_MS_MAX }, (incoming, outgoing) =>
        forward(incoming, outgoing, { identity, socketPath, upstream, log }),
      )
      server.maxConnections = CONNECTIONS_MAX
      server.headersTimeout = REQUEST_MS_MAX
      server.requestTimeout = REQUEST_MS_MAX
      server.keepAliveTimeout = IDLE_MS_MAX
      server.timeout = ANSWER_MS_MAX
      const fd = listenInside(netns, { ...listen, backlog: CONNECTIONS_MAX })
      proxies.set(nameOf(netns), { server, key: keyOf(netns, listen, identity) })
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ fd }, () => {
          server.off('error', reject)
          server.on('error', (error) => log.warn('metadata proxy failed', { netns: netns.name, error }))
          resolve()
        })
      })
    },
    async close() {
      await Promise.all([...proxies.keys()].map(remove))
      upstream.destroy()
    },
  }
}

interface Forward {
  readonly identity: ProxyIdentity
  readonly socketPath: string
  readonly upstream: Agent
  readonly log: Log
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { identity, socketPath, upstream, log }: Forward,
) {
  const peer = incoming.socket.remoteAddress
  if (!peer) return incoming.destroy()
  const answer = (status: number) => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${status}\n`)
  }
  const ahead = request({
    socketPath,
    agent: upstream,
    method: incoming.method,
    path: incoming.url,
    headers: proxiedHeaders(incoming.headers, peer, identity),
    timeout: ANSWER_MS_MAX,
  })
  ahead.on('response', (response) => {
    const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, ...headers } = response.headers
    outgoing.writeHead(response.statusCode ?? 502, headers)
    response.pipe(outgoing)
    response.on('error', () => outgoing.destroy())
  })
  ahead.on('timeout', () => {
    answer(504)
    ahead.destroy()
  })
  ahead.on('error', (error) => {
    if (outgoing.writableEnded) return
    log.warn('metadata agent not reached', { ...identity, socket: socketPath, error: error.message })
    answer(503)
  })
  outgoing.on('close', () => !outgoing.writableFinished && ahead.destroy())

  let bytes = 0
  incoming.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) return
    incoming.pause()
    answer(413)
    ahead.destroy()
  })
  incoming.on('error', () => ahead.destroy())
  incoming.pipe(ahead)
  return undefined
}

function nameOf(netns: Netns): string {
  return netns.name ?? ''
}

function keyOf(netns: Netns, { address, port }: ProxyListen, identity: ProxyIdentity): string {
  return JSON.stringify([netnsId(netns), address, port, identity])
}

function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
