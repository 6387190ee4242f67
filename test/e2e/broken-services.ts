/**
 * Services that answer as none should: refusals of every kind, silence, connections that end too early, certificates
 * that nobody signed. What the command says of them is compared with what Debian's says.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Service extends AsyncDisposable {
  readonly url: string
  /** What was asked, as `GET /v2.0/networks`, in order. */
  readonly asked: readonly string[]
  /** Ends when that many requests have come. */
  until(count: number): Promise<void>
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** On a port of its own; over TLS with these options. */
export async function service(answer: Answer, tls: ServerOptions | null = null): Promise<Service> {
  const asked: string[] = []
  const waiting: (() => void)[] = []
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`)
    for (const wake of waiting.splice(0)) wake()
    answer(request, response)
  }
  const server: Server = tls === null ? createServer(listener) : createSecureServer(tls, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    async until(count) {
      while (asked.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export function says(
  status: number,
  text: string,
  type = 'application/json',
  headers: Record<string, string> = {},
): Answer {
  return (_, response) => response.writeHead(status, { 'Content-Type': type, ...headers }).end(text)
}

/** Nothing, ever. */
export const silence: Answer = () => {}

/** The connection is closed instead of an answer. */
export const hangUp: Answer = (request) => request.socket.destroy()

/** The connection is closed in the middle of the answer. */
export const breakOff: Answer = (request, response) => {
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' })
  response.write('{"networks": [', () => request.socket.end())
}

export interface Certificates {
  readonly authority: string
  readonly client: { readonly cert: string; readonly key: string; readonly both: string }
  /** For a server at 127.0.0.1 that asks clients for a certificate when told so. */
  server(clientsToo?: boolean): ServerOptions
}

/** An authority of the test's own, and what it signed, in that folder. */
export function certificates(folder: string): Certificates {
  const path = (name: string) => join(folder, name)
  const openssl = (words: string) => execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'pipe' })
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'
  openssl(
    `req -x509 ${key} -keyout ca.key -out ca.pem -subj /CN=authority -addext keyUsage=critical,keyCertSign,cRLSign`,
  )
  for (const name of ['server', 'client']) {
    openssl(
      `req -x509 ${key} -keyout ${name}.key -out ${name}.pem -subj /CN=${name} -CA ca.pem -CAkey ca.key ` +
        '-addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE',
    )
  }
  execFileSync('sh', ['-c', 'cat client.key client.pem > client-both.pem'], { cwd: folder })
  return {
    authority: path('ca.pem'),
    client: { cert: path('client.pem'), key: path('client.key'), both: path('client-both.pem') },
    server: (clientsToo = false) => ({
      cert: readFileSync(path('server.pem')),
      key: readFileSync(path('server.key')),
      ...(clientsToo && { ca: readFileSync(path('ca.pem')), requestCert: true, rejectUnauthorized: true }),
    }),
  }
}

/**
 * An identity service of the years of version 2, which no package has any more, with a network service behind it.
 * Source: Identity API v2.0, "Authenticate", "Versions".
 */
export function identityV2(): Answer {
  return async (request, response) => {
    const base = `http://${request.headers.host}`
    const version = { id: 'v2.0', status: 'stable', links: [{ rel: 'self', href: `${base}/v2.0/` }] }
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
    if (request.url === '/') return answer(300, { versions: { values: [version] } })
    if (/^\/v2.0\/?$/.test(request.url ?? '')) return answer(200, { version })
    if (request.url !== '/v2.0/tokens') {
      if (request.headers['x-auth-token'] !== 'v2-token') return answer(401, {})
      return answer(200, { networks: [{ id: 'n1', name: 'one', subnets: [] }], subnets: [] })
    }
    let text = ''
    for await (const chunk of request) text += chunk
    const { auth } = JSON.parse(text) as { auth: { tenantName?: string; passwordCredentials?: { password?: string } } }
    if (auth.tenantName !== 'shop' || auth.passwordCredentials?.password !== 'right') {
      return answer(401, { error: { code: 401, title: 'Unauthorized', message: 'Invalid user / password' } })
    }
    const endpoints = [{ region: 'one', publicURL: base, internalURL: base, adminURL: base }]
    const serviceCatalog = [{ type: 'network', name: 'neutron', endpoints, endpoints_links: [] }]
    const token = { id: 'v2-token', expires: '2999-01-01T00:00:00Z', tenant: { id: 't', name: 'shop' } }
    const user = { id: 'u', name: 'bob', username: 'bob', roles: [{ name: 'member' }], roles_links: [] }
    return answer(200, { access: { token, serviceCatalog, user, metadata: {} } })
  }
}
