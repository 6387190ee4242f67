/**
 * A stand-in for Nova's metadata API on loopback, for the instances of one host's lab. It believes an instance's id
 * only with the signature the metadata agent makes of it. Source: Nova's metadata API behind Neutron's proxy: 403 for a
 * wrong signature, 404 for an instance it does not know or that is another project's.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { type Log, silentLog } from '#base/log.ts'
import { type Page, pageAt } from './metadata-tree.ts'
import { type InstanceRecord, Records } from './record.ts'

export interface NovaMetadataOptions {
  /** On loopback; 0: one that is free. */
  readonly port: number
  /** `metadata_proxy_shared_secret` */
  readonly secret: string
  /** `STATE/instances` */
  readonly instances: string
  readonly log?: Log
}

export interface NovaMetadata extends Closeable {
  readonly port: number
}

/** @throws OperatingError when the port is taken. */
export async function startNovaMetadata(options: NovaMetadataOptions): Promise<NovaMetadata> {
  const { port, secret, instances, log = silentLog } = options
  const records = new Records(instances)
  const server = createServer((incoming, outgoing) => {
    incoming.resume()
    const { status, type, body } = answerOf(incoming.url ?? '/', incoming.headers, {
      secret,
      find: (id) => records.findById(id),
    })
    log.debug('metadata', { path: incoming.url, status, instance: incoming.headers['x-instance-id'] })
    outgoing.writeHead(status, { 'content-type': type }).end(body)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(new OperatingError(`cannot listen on 127.0.0.1:${port}`, { cause })))
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Answer extends Page {
  readonly status: number
}

interface Known {
  readonly secret: string
  readonly find: (id: string) => InstanceRecord | null
}

/** What Nova would answer. Pure but for `find`. */
export function answerOf(url: string, headers: IncomingHttpHeaders, { secret, find }: Known): Answer {
  const id = headers['x-instance-id']
  const project = headers['x-tenant-id']
  const signature = headers['x-instance-id-signature']
  if (typeof id !== 'string' || id.includes(',')) return refusal(400, 'X-Instance-ID header is missing from request.')
  if (typeof project !== 'string') return refusal(400, 'X-Tenant-ID header is missing from request.')
  if (typeof signature !== 'string' || !isSigned(id, signature, secret)) {
    return refusal(403, 'Invalid proxy request signature.')
  }
  const instance = find(id)
  if (!instance || instance.project_id !== project) return refusal(404, 'The resource could not be found.')
  const page = pageAt(new URL(url, 'http://metadata/').pathname, instance)
  return page ? { status: 200, ...page } : refusal(404, 'The resource could not be found.')
}

/** Compared in constant time: digests of equal length, whatever was sent. */
function isSigned(id: string, signature: string, secret: string): boolean {
  const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()
  const expected = createHmac('sha256', secret).update(id).digest('hex')
  return timingSafeEqual(digest(expected), digest(signature))
}

function refusal(status: number, body: string): Answer {
  return { status, type: 'text/plain; charset=UTF-8', body: `${body}\n` }
}
