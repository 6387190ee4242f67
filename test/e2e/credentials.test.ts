/** Options, variables and clouds.yaml: what is asked for a token with them is what Debian's clients would send. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Json, JsonObject } from '#base/json.ts'
import { loadSettings } from '#cli/client/client.ts'

const SEED = 42
const CASES = 1_200
const KEYSTONEAUTH = new URL('print-credentials.py', import.meta.url).pathname

const FILE = `
clouds:
  plain:
    auth:
      auth_url: http://id.example/v3
      username: alice
      password: 0123
      project_name: web
      user_domain_name: Default
      project_domain_id: default
    region_name: one
  old:
    auth: {auth-url: http://old.example/v2.0, username: bob, password: pw, tenant_name: shop}
    auth_plugin: v2password
  regions:
    auth: {auth_url: 'http://{region_name}.example:5000', user_id: u1, password: p, project_id: p1}
    regions: [north, {name: south, values: {cacert: /south.pem}}]
    cacert: ~/all.pem
  application:
    auth_type: v3applicationcredential
    auth: {auth_url: http://id.example/v3, application_credential_id: ac, application_credential_secret: s}
  token:
    auth_type: token
    auth: {auth_url: http://id.example, token: t0k, project_name: web, project_domain_name: Default}
  domain:
    auth: {auth_url: http://id.example, username: root, password: p, domain_name: Default}
  system:
    auth_type: v3password
    auth: {auth_url: http://id.example, username: root, password: p, user_domain_id: default, system_scope: all}
  none:
    auth_type: none
    auth: {endpoint: http://net.example:9696}
  top:
    auth_url: http://top.example/v3
    username: carol
    password: x
    project_name: top
    domain_id: d
    cert: /c.pem
    key: /k.pem
`
const SECURE = 'clouds:\n  plain:\n    auth:\n      password: from-secure\n'

const CLOUDS = ['plain', 'old', 'regions', 'application', 'token', 'domain', 'system', 'none', 'top', 'missing']

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  OS_CLOUD: CLOUDS,
  OS_AUTH_URL: ['http://env.example/v3', 'http://env.example:5000'],
  OS_USERNAME: ['dave'],
  OS_USER_ID: ['u9'],
  OS_PASSWORD: ['secret', 'p: w'],
  OS_PROJECT_NAME: ['env-project'],
  OS_TENANT_NAME: ['env-tenant'],
  OS_PROJECT_ID: ['pid'],
  OS_TENANT_ID: ['tid'],
  OS_USER_DOMAIN_NAME: ['Default'],
  OS_USER_DOMAIN_ID: ['default'],
  OS_PROJECT_DOMAIN_NAME: ['Default'],
  OS_PROJECT_DOMAIN_ID: ['default'],
  OS_DOMAIN_NAME: ['Dom'],
  OS_DOMAIN_ID: ['dom'],
  OS_DEFAULT_DOMAIN_ID: ['default'],
  OS_DEFAULT_DOMAIN_NAME: ['Default'],
  OS_REGION_NAME: ['one', 'north'],
  OS_AUTH_TYPE: ['password', 'v3password', 'token', 'none', 'v3applicationcredential', 'bogus'],
  OS_ENDPOINT: ['http://env.example:9696'],
  OS_CACERT: ['/env.pem'],
  OS_TRUST_ID: ['trust'],
}

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  os_cloud: CLOUDS,
  os_auth_url: ['http://option.example/v3'],
  os_username: ['erin'],
  os_password: ['opt'],
  os_project_name: ['opt-project'],
  os_tenant_name: ['opt-tenant'],
  os_tenant_id: ['opt-tid'],
  os_user_domain_name: ['OptDomain'],
  os_project_domain_id: ['opt-domain'],
  os_region_name: ['north', 'south', 'one'],
  os_cacert: ['/opt.pem'],
  os_cert: ['/cert.pem'],
  os_key: ['/key.pem'],
}

interface Case {
  readonly env: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string | boolean | number>>
}

/** A few of them, each with one of its values. */
function some(all: Readonly<Record<string, readonly string[]>>, maxLength: number) {
  return fc
    .shuffledSubarray(Object.keys(all), { maxLength })
    .chain((names) => fc.tuple(...names.map((name) => fc.constantFrom(...all[name]!).map((value) => [name, value]))))
    .map((pairs) => Object.fromEntries(pairs) as Record<string, string>)
}

/** What the command hands over beside what was given. */
const ALWAYS = { verbose_level: 1, retries: 0, os_endpoint_type: 'public', service_type: 'network' }

function cases(folder: string): fc.Arbitrary<Case> {
  const files = {
    HOME: folder,
    OS_CLIENT_CONFIG_FILE: join(folder, 'clouds.yaml'),
    OS_CLIENT_SECURE_FILE: join(folder, 'secure.yaml'),
  }
  const options = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: some(OPTIONS, 4) })
  const variables = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...CLOUDS).map((OS_CLOUD) => ({ OS_CLOUD })) },
    { weight: 3, arbitrary: some(VARIABLES, 9) },
  )
  return fc.record({ options, variables, insecure: fc.boolean() }).map(({ options, variables, insecure }) => ({
    env: { ...files, ...variables },
    options: { ...ALWAYS, insecure, ...options },
  }))
}

async function ours({ env, options }: Case, folder: string): Promise<JsonObject> {
  try {
    const { credentials, region, tls } = await loadSettings(options, env, folder)
    const verify = tls.verify ? (tls.caFile ?? true) : false
    const told = { region, verify, cert: tls.keyFile && tls.certFile ? [tls.certFile, tls.keyFile] : tls.certFile }
    if (credentials.kind !== 'identity') return { ...told, endpoint: credentials.endpoint }
    const { authUrl, version, v3, v2 } = credentials
    return { ...told, url: authUrl, v3: version === 2 ? v2 : v3, v2: version === 3 ? v3 : v2 }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

function theirs(all: readonly Case[]): JsonObject[] {
  const input = all.map((each) => JSON.stringify(each)).join('\n')
  const options = { input, encoding: 'utf8', maxBuffer: 1 << 28, timeout: 120_000 } as const
  const { stdout, stderr } = spawnSync('/usr/bin/python3', [KEYSTONEAUTH], options)
  assert.equal(stderr, '')
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JsonObject)
}

/** What ours does where keystoneauth fails over a variable it does not expect, or goes on without an address. */
function isBetter(expected: JsonObject, found: JsonObject): boolean {
  const isMissing = found.error === 'Auth plugin requires parameters which were not given: endpoint'
  return /unexpected keyword/.test(String(expected.error)) || (expected.endpoint === null && isMissing)
}

test('credentials: what is asked for a token is what Debian’s clients ask', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neutrino-credentials-'))
  try {
    writeFileSync(join(folder, 'clouds.yaml'), FILE)
    writeFileSync(join(folder, 'secure.yaml'), SECURE)
    const all = fc.sample(cases(folder), { seed: SEED, numRuns: CASES })
    const expected = theirs(all)
    const found = await Promise.all(all.map((each) => ours(each, folder)))
    const different = all.flatMap((each, index) =>
      isDeepStrictEqual(found[index], expected[index]) || isBetter(expected[index]!, found[index]!)
        ? []
        : [{ each, ours: found[index], expected: expected[index] as Json }],
    )
    assert.deepEqual(different.slice(0, 1), [], `${different.length} of ${all.length} differ`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('credentials: a file that cannot be read as YAML or JSON is named, with the place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'neutrino-credentials-'))
  try {
    const load = (name: string, text: string) => {
      const file = join(folder, name)
      writeFileSync(file, text)
      return loadSettings({}, { OS_CLIENT_CONFIG_FILE: file, OS_CLOUD: 'a' }, folder)
    }
    await assert.rejects(
      load('broken.yaml', 'clouds:\n  a: [\n b: {'),
      /^CliError: \/.*broken.yaml: .* at line 3, column 2$/,
    )
    await assert.rejects(load('broken.json', '{"clouds": {'), /^CliError: \/.*broken.json: .*position 12/)
    await assert.rejects(load('other.yaml', 'clouds: 3'), { message: 'Cloud a was not found.' })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
