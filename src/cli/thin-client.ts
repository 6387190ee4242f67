/**
 * The least that reaches the API: Keystone v3 by password from `OS_*`, or a token and an address. It stands in until
 * client/ is there.
 */
import { request as httpRequest } from 'node:http'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Answer, Client, Query, Session } from './command.ts'
import { CliError, HttpError } from './errors.ts'
import type { Options } from './run.ts'

type Environment = Readonly<Record<string, string | undefined>>

export async function openThinClient(options: Options, env: Environment): Promise<Client> {
  const of = (name: string): string => String(options[name] ?? env[name.toUpperCase()] ?? '')
  let session: Session | null = null
  let endpoint = of('os_url')
  const open = async (): Promise<string> => {
    if (endpoint !== '') return endpoint
    if (of('os_auth_url') === '') throw new CliError('Missing value auth-url required for auth plugin password')
    const user = { name: of('os_username'), password: of('os_password'), domain: { id: 'default' } }
    const project = { name: of('os_project_name'), domain: { id: 'default' } }
    const auth = { identity: { methods: ['password'], password: { user } }, scope: { project } }
    const answer = await send('POST', `${of('os_auth_url')}/auth/tokens`, {}, { auth })
    const token = isJsonObject(answer.body) && isJsonObject(answer.body.token) ? answer.body.token : {}
    const roles = (token.roles as readonly JsonObject[]).map(({ name }) => String(name))
    session = { token: answer.headers['x-subject-token'] ?? '', projectId: null, userId: null, roles }
    const service = (token.catalog as readonly JsonObject[]).find(({ type }) => type === 'network')
    endpoint = String(((service?.endpoints ?? []) as readonly JsonObject[])[0]?.url)
    return endpoint
  }
  const request: Client['request'] = async (method, path, { query, body } = {}) => {
    const url = `${(await open()).replace(/\/$/, '')}/v2.0${path}${queryText(query)}`
    return send(method, url, { 'X-Auth-Token': session?.token ?? of('os_token') }, body)
  }
  return {
    request,
    list: async (path, query, collection = path.split('/').at(-1)!.replaceAll('-', '_')) => {
      const { body } = await request('GET', path, { ...(query && { query }) })
      const found = isJsonObject(body) ? body[collection] : []
      return (Array.isArray(found) ? found : []) as JsonObject[]
    },
    session: async () => {
      await open()
      return session
    },
    endpoint: open,
  }
}

function queryText(query: Query = {}): string {
  const parameters = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? (value as readonly Json[]) : [value]) parameters.append(key, String(one))
  }
  return parameters.size === 0 ? '' : `?${parameters}`
}

async function send(method: string, url: string, headers: Record<string, string>, body?: Json): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const type = { 'Content-Type': 'application/json' }
  const sent = httpRequest(url, { method, headers: { ...headers, ...type }, timeout: 60_000 }, (reply) => {
    let text = ''
    reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    reply.on('error', reject).on('end', () => {
      const answer = text === '' ? null : (JSON.parse(text) as Json)
      const status = reply.statusCode ?? 0
      const error = isJsonObject(answer) && isJsonObject(answer.NeutronError) ? answer.NeutronError : null
      if (status >= 400) reject(new HttpError(String(error?.message ?? text), status, String(error?.type ?? '')))
      else resolve({ status, headers: reply.headers as Record<string, string>, body: answer })
    })
  })
  sent.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}
