/** The unmodified openstack client against the built-in identity. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { ADMIN_CLOUD, MEMBER_CLOUD, renderCloudsYaml } from '#identity/clouds-yaml.ts'
import { REGION, startIdentity } from '#identity/server.ts'
import { identityMigrations } from '#identity/tables.ts'
import { openStore } from '#store/database.ts'
import { migrate } from '#store/migrate.ts'

const run = promisify(execFile)
const CALL_MS_MAX = 60_000

async function startedIdentity() {
  const clock = systemClock
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-identity-'))
  const store = await openStore(`sqlite:///${directory}/identity.db`, { log: silentLog, clock })
  await migrate(store, identityMigrations)
  const passwords = { adminPassword: 'p"w: #1', demoPassword: "it's $demo" }
  const catalog = [{ type: 'network', name: 'neutron', url: 'http://127.0.0.1:9696' }]
  const address = { host: '127.0.0.1', port: 0 }
  const identity = await startIdentity({ ...address, store, clock, catalog, bootstrap: passwords, log: silentLog })
  writeFileSync(
    join(directory, 'clouds.yaml'),
    renderCloudsYaml({ authUrl: identity.url, region: REGION, ...passwords }),
  )

  const openstack = async (cloud: string, ...args: string[]): Promise<string> => {
    const env = { ...process.env, OS_CLIENT_CONFIG_FILE: join(directory, 'clouds.yaml'), OS_CLOUD: cloud }
    return (await run('openstack', args, { env, timeout: CALL_MS_MAX })).stdout
  }
  return {
    openstack,
    json: async (...args: string[]) => JSON.parse(await openstack(ADMIN_CLOUD, ...args, '-f', 'json')),
    async [Symbol.asyncDispose]() {
      await identity.close()
      await store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

test('identity: the openstack client makes accounts, gives roles and lists them', async () => {
  await using service = await startedIdentity()
  const { json, openstack } = service

  const token = await json('token', 'issue')
  assert.ok(token.id && token.project_id && token.user_id)

  const project = await json('project', 'create', '--description', 'made by a client', 'e2e')
  assert.deepEqual([project.name, project.description, project.domain_id], ['e2e', 'made by a client', 'default'])
  const user = await json('user', 'create', '--password', 'secret', '--email', 'a@b', 'someone')
  assert.equal(user.name, 'someone')
  await openstack(ADMIN_CLOUD, 'role', 'add', '--project', 'e2e', '--user', 'someone', 'member')
  const assignments = await json('role', 'assignment', 'list', '--project', 'e2e', '--names')
  assert.deepEqual(
    assignments.map(({ Role, User, Project }: { Role: string; User: string; Project: string }) => [
      Role,
      User,
      Project,
    ]),
    [['member', 'someone@Default', 'e2e@Default']],
  )

  assert.equal((await json('project', 'show', 'e2e')).id, project.id)
  const projects = await json('project', 'list')
  assert.deepEqual(projects.map(({ Name }: { Name: string }) => Name).sort(), ['admin', 'demo', 'e2e', 'service'])
  const catalog = await json('catalog', 'list')
  assert.deepEqual(catalog.map(({ Type }: { Type: string }) => Type).sort(), ['identity', 'network'])

  await openstack(ADMIN_CLOUD, 'project', 'delete', 'e2e')
  await assert.rejects(openstack(ADMIN_CLOUD, 'project', 'show', 'e2e'), /No project with a name or ID of 'e2e' exists/)
})

test('identity: a member gets a token, and is told that accounts are not its business', async () => {
  await using service = await startedIdentity()
  const token = JSON.parse(await service.openstack(MEMBER_CLOUD, 'token', 'issue', '-f', 'json'))
  assert.ok(token.project_id)
  await assert.rejects(service.openstack(MEMBER_CLOUD, 'project', 'create', 'x'), /You are not authorized to perform/)
})
