/** The `neutron` command beside a server of the test's own, with clients that make things for it to look at. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ADMIN_CLOUD, MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { apiServer } from './api-server.ts'
import type { Outcome } from './one-host.ts'

export const NEUTRON = join(import.meta.dirname, '../../bin/neutron')

const { PATH = '/usr/bin:/bin' } = process.env

type Environment = Readonly<Record<string, string>>

export interface NeutronWorld extends AsyncDisposable {
  /** Of the API. */
  readonly url: string
  /** Of the test's own; gone with it. */
  readonly folder: string
  readonly member: ApiClient
  readonly admin: ApiClient
  /** A shell's variables for a member of the project `demo`. */
  readonly env: Environment & { readonly PATH: string }
  /** `neutron <words>` to its end, with those variables, `env` over them, and nothing else. */
  neutron(words: readonly string[], env?: Environment): Promise<Outcome>
}

/** `conf`: options of the test's own, as a configuration file has them. */
export async function neutronWorld(conf = ''): Promise<NeutronWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'neutrino-world-'))
  const file = join(folder, 'own.conf')
  writeFileSync(file, conf)
  const server = await apiServer(['--config-file', file])
  const cloudsFile = join(server.state, 'clouds.yaml')
  const env = { PATH, HOME: folder, LC_ALL: 'C.UTF-8', ...server.env() }
  return {
    url: server.url,
    folder,
    member: await openClient(cloudsFile, MEMBER_CLOUD),
    admin: await openClient(cloudsFile, ADMIN_CLOUD),
    env,
    neutron: (words, more = {}) => outcomeOf(NEUTRON, words, { ...env, ...more }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A program to its end, with the path, those variables and nothing else; `input` is what it may read. */
export async function outcomeOf(
  program: string,
  words: readonly string[],
  env: Environment,
  input = '',
): Promise<Outcome> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH, ...env } })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  child.stdin.on('error', () => {}) // it need not read
  child.stdin.end(input)
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, out, err }
}
