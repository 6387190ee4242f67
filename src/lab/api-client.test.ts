import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ApiError, createApiClient, readCloud } from './api-client.ts'

test('lab client: a cloud is read from clouds.yaml, quoted or not, with comments between', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'clouds-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clouds.yaml')
  const admin = `auth:
      auth_url: "http://127.0.0.1:5000/v3"
      password: 'it''s' # a comment
      username: admin
      project_name: admin`
  writeFileSync(
    file,
    `# clouds\nclouds:\n  admin:\n    ${admin}\n  noauth: {auth: {endpoint: http://127.0.0.1:9696}}\n`,
  )
  assert.deepEqual(readCloud(file, 'admin'), {
    auth_url: 'http://127.0.0.1:5000/v3',
    password: "it's",
    username: 'admin',
    project_name: 'admin',
  })
  assert.deepEqual(readCloud(file, 'noauth'), { endpoint: 'http://127.0.0.1:9696' })
})

test('lab client: a cloud that lacks its credentials is named with what it lacks', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'clouds-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'clouds.yaml')
  writeFileSync(file, 'clouds:\n  a:\n    auth:\n      auth_url: http://x\n      username: u\n')
  assert.throws(() => readCloud(file, 'a'), /cloud a lacks password, project_name/)
})

test('lab client: logs in once, again when the token is refused, and tells the type of an error', async (t) => {
  let tokens = 0
  const server = createServer((incoming, outgoing) => {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    incoming.resume()
    const answer = (status: number, body: object, headers = {}) =>
      outgoing.writeHead(status, headers).end(JSON.stringify(body))
    if (incoming.url === '/v3/auth/tokens') {
      tokens++
      const catalog = [{ type: 'network', endpoints: [{ interface: 'public', url: `${base}/v2.0/` }] }]
      return answer(201, { token: { catalog, project: { id: 'p' } } }, { 'X-Subject-Token': `t${tokens}` })
    }
    if (incoming.headers['x-auth-token'] !== 't2') return answer(401, {})
    if (incoming.url === '/v2.0/networks?name=a+b') return answer(200, { networks: [{ id: 'n' }] })
    return answer(404, { NeutronError: { type: 'PortNotFound', message: 'Port x could not be found.', detail: '' } })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const auth_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`
  const client = createApiClient({ auth_url, username: 'u', password: 'p', project_name: 'p' })

  assert.deepEqual(await client.list('networks', { name: 'a b' }), [{ id: 'n' }])
  assert.equal(tokens, 2)
  assert.equal(await client.find('ports', 'x'), null)
  await client.remove('ports', 'x')
  await assert.rejects(
    client.get('/v2.0/ports/x'),
    (error) => error instanceof ApiError && error.type === 'PortNotFound',
  )
  assert.equal(tokens, 2)
})
