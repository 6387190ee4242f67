/** The server's own reference over HTTP. That answers are as it says is held in every test that calls the API. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApi } from '../fakes/api.ts'
import { coreFeatures, coreStore } from '../fakes/core.ts'

test('OpenAPI and the page to read it are there for everybody, and say what this server has loaded', async (context) => {
  const features = await coreFeatures()
  const store = await coreStore(features)
  context.after(() => store.close())
  await using api = await startTestApi(store, features, { cors: { allowed_origin: 'https://console.example' } })
  const origin = { origin: 'https://console.example', host: 'net.example:9696' }
  const document = await api.call(null, 'GET', '/v2.0/openapi.json', undefined, origin)
  assert.equal(document.status, 200)
  assert.equal(document.headers.get('content-type'), 'application/json')
  assert.equal(document.headers.get('access-control-allow-origin'), 'https://console.example')
  assert.match(document.headers.get('x-openstack-request-id') ?? '', /^req-/)
  assert.deepEqual(document.body.servers, [{ url: api.url }])
  const names = [...api.started.definitions.resources.keys()].sort()
  const schemas = Object.keys(document.body.components.schemas).filter((name) => !/Create$|Update$|^Neutron/.test(name))
  assert.equal(schemas.length, names.length)

  const page = await api.call(null, 'GET', '/docs')
  assert.equal(page.status, 200)
  assert.equal(page.headers.get('content-type'), 'text/html; charset=UTF-8')
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.match(page.text, /<h2>networks<\/h2>/)
  for (const path of ['/docs', '/v2.0/openapi.json']) {
    assert.equal((await api.call('admin', 'POST', path, {})).status, 405, path)
  }
})
