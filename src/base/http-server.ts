/**
 * What every HTTP server here has in common: bodies are read as text whatever they are called, and an end comes within
 * a time that is known. What a request means is each server's own.
 */
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** How long requests under way may take once the server closes. */
const CLOSE_MS_MAX = 5_000
const IDLE_MS = 100

/** Bodies arrive as text, up to the server's limit, whatever the Content-Type says. */
export function readBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
}

/** `http://127.0.0.1:9696`; for a server that listens everywhere, with this host's loopback address. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/**
 * Ends a server: requests under way are finished, idle connections go at once, and clients that never stop are cut off.
 * Ask before it listens; call what is answered once.
 */
export function closing(app: FastifyInstance): () => Promise<void> {
  const unused = unusedSockets(app)
  return async () => {
    for (const socket of unused) socket.destroy()
    const cut = setTimeout(() => app.server.closeAllConnections(), CLOSE_MS_MAX)
    // Connections whose last request ends only now would be kept alive for the next, which nobody answers.
    const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_MS)
    try {
      await app.close()
    } finally {
      clearTimeout(cut)
      clearInterval(idle)
    }
  }
}

/** Connections over which no request has come yet: Node takes them for busy ones. */
function unusedSockets({ server }: FastifyInstance): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}
