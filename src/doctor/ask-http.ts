/** One HTTP request with a deadline, for what has to be tried over HTTP: status, headers, the beginning of the body. */
import http, { type IncomingHttpHeaders } from 'node:http'
import https, { type AgentOptions } from 'node:https'

export interface Question {
  readonly headers?: { readonly [name: string]: string }
  readonly tls?: AgentOptions
  /** A unix socket to ask over; the URL's host counts for nothing then. */
  readonly socketPath?: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** How far the clock there is ahead of ours, in seconds, by its `Date`; null: it does not say. */
  readonly aheadSeconds: number | null
}

const BODY_BYTES_MAX = 64 * 1024

/** @throws Error when nothing answers, with the system's reason */
export function askHttp(
  url: string,
  { headers = {}, tls = {}, socketPath }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const { request } = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      { headers, signal, agent: false, ...tls, ...(socketPath && { socketPath }) },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (piece: string) => {
          if (body.length < BODY_BYTES_MAX) body += piece
        })
        answer.on('error', reject)
        answer.on('end', () => {
          const said = Date.parse(answer.headers.date ?? '')
          // A Date has whole seconds: up to one of them is not a difference.
          const ahead = Number.isNaN(said) ? null : Math.round((said + 500 - Date.now()) / 1000)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body, aheadSeconds: ahead })
        })
      },
    )
    asking.on('error', reject)
    asking.end()
  })
}
