/** The `neutron` command against a server of the test's own: the API and its identity, without kernel and without root. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { freePort, type OneHost, type Outcome, oneHost, temporaryState } from './one-host.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface ApiServer extends AsyncDisposable {
  readonly cloudsFile: string
  readonly state: string
  readonly port: number
  readonly member: ApiClient
  readonly admin: ApiClient
  /** `neutron <words>` as a member of the project `demo`, to its end. */
  neutron(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>
}

/** `conf`: options of the test's own, as a configuration file has them. */
export async function apiServer(conf = ''): Promise<ApiServer> {
  const state = temporaryState()
  const [port, identityPort] = [await freePort(), await freePort()]
  const file = join(state, 'own.conf')
  writeFileSync(file, conf)
  const ports = ['--port', String(port), '--identity-port', String(identityPort)]
  const host: OneHost = await oneHost(state, ['--api-only', '--config-file', file, ...ports])
  const cloudsFile = join(state, 'clouds.yaml')
  return {
    cloudsFile,
    state,
    port,
    member: await openClient(cloudsFile, MEMBER_CLOUD),
    admin: await openClient(cloudsFile, ADMIN_CLOUD),
    neutron: (words, env = {}) =>
      outcomeOf(join(ROOT, 'bin/neutron'), words, {
        OS_CLIENT_CONFIG_FILE: cloudsFile,
        OS_CLOUD: MEMBER_CLOUD,
        LC_ALL: 'C.UTF-8',
        HOME: state,
        ...env,
      }),
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]()
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** A program to its end, in that environment and nothing else. */
export async function outcomeOf(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { PATH = '/usr/bin:/bin' } = process.env
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH, ...env } })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}
