/**
 * A server under test: the given features on a given store, over real HTTP on a free loopback port. Tokens are names of
 * the callers below. Not a fake of the API: only of the identity behind it.
 */

import assert from 'node:assert/strict'
import { openApiOf } from '#api/reference/openapi.ts'
import { startApi } from '#api/server.ts'
import { systemClock } from '#base/clock.ts'
import type { Credentials } from '#base/credentials.ts'
import { type Log, silentLog } from '#base/log.ts'
import { configOf, type PlainValues } from '#config/config.ts'
import { discover, type Feature } from '#plugin/discover.ts'
import type { PluginHost } from '#plugin/plugin.ts'
import { type Started, startPlugins } from '#plugin/start.ts'
import { createPolicy } from '#policy/policy.ts'
import type { Store } from '#store/store.ts'
import { conforming } from './conforming.ts'

const caller = (projectId: string, ...roles: string[]): Credentials => ({
  userId: `user-of-${projectId}`,
  projectId,
  projectName: projectId,
  roles: roles.sort(),
})

export const CALLERS: { readonly [token: string]: Credentials } = {
  admin: caller('admins', 'admin', 'member', 'reader'),
  alice: caller('a', 'member', 'reader'),
  reader: caller('a', 'reader'),
  nobody: caller('a'),
  /** Watches the network below. */
  integrator: caller('a', 'data_plane_integrator', 'member', 'reader'),
  bob: caller('b', 'member', 'reader'),
  manager: caller('a', 'manager', 'member', 'reader'),
  service: caller('services', 'service'),
  carol: caller('c', 'member', 'reader'),
}

const callers = new Map(Object.entries(CALLERS))

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  readonly body: any
}

/** The answer is that refusal; with a message, to the letter or as far as a pattern says. */
export function refused(
  { status, body, text }: Answer,
  expected: number,
  type: string,
  message?: string | RegExp,
): void {
  assert.deepEqual([status, body?.NeutronError?.type], [expected, type], text)
  if (typeof message === 'string') assert.equal(body.NeutronError.message, message)
  else if (message) assert.match(body.NeutronError.message, message)
}

export interface TestApi extends AsyncDisposable {
  readonly url: string
  readonly started: Started
  call(token: string | null, method: string, path: string, body?: unknown, headers?: object): Promise<Answer>
}

/** The features that the machine needs besides those under test. */
export async function machineFeatures(): Promise<Feature[]> {
  const features = await discover()
  return features.filter(({ folder }) => folder === 'plugin' || folder === 'extensions/quotas')
}

export async function startTestApi(
  store: Store,
  features: readonly Feature[],
  values: PlainValues = {},
  { log = silentLog, ask }: { readonly log?: Log; readonly ask?: PluginHost['ask'] } = {},
): Promise<TestApi> {
  const config = configOf(values)
  const started = await startPlugins({ features, config, store, clock: systemClock, log, ...(ask && { ask }) })
  const defaults = features.flatMap(({ policies }) => policies)
  const policy = createPolicy({ defaults, config, files: [], extensions: started.extensions })
  const api = await startApi({
    started,
    policy,
    authenticate: async (headers) => callers.get(String(headers['x-auth-token'])) ?? null,
    authenticateUri: 'http://identity.example/v3',
    config,
    log,
    clock: systemClock,
    listen: { host: '127.0.0.1', port: 0 },
  })
  const check = conforming(openApiOf({ ...started, hasRule: (name) => policy.has(name) }, ''))
  return {
    url: api.url,
    started,
    async call(token, method, path, body, headers = {}) {
      const response = await fetch(`${api.url}${path}`, {
        method,
        headers: { ...(token === null ? {} : { 'x-auth-token': token }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.startsWith('application/json') && text !== ''
      const answer = { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null }
      check(method, path, answer.status, answer.body)
      return answer
    },
    async [Symbol.asyncDispose]() {
      await api.close()
      await started.close()
    },
  }
}
