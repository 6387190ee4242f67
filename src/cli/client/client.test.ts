/** The decisions of the client. With real services: test/e2e/neutron-client.test.ts, test/e2e/credentials.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { accessOfV2, accessOfV3, endpointUrl } from './catalogue.ts'
import { candidates } from './clouds.ts'
import type { Environment, Options } from './config.ts'
import { identityFault, networkingFault } from './faults.ts'
import { failureOf } from './http.ts'
import { versionsOf } from './identity.ts'
import { parseQuery, renderQuery, splitQuery } from './query.ts'
import { resolveSettings } from './settings.ts'
import { answerLines, authenticationLines, requestLine } from './trace.ts'

const TLS = { verify: true, caFile: null, certFile: null, keyFile: null }
const cloud = {
  auth: { auth_url: 'http://id/v3', username: 'a', password: 'p', user_domain_id: 'd' },
  region_name: 'R',
}
const resolve = (options: Options, env: Environment = {}, clouds: Record<string, JsonObject> = { one: cloud }) =>
  resolveSettings(options, env, { path: '/clouds.yaml', clouds })

test('settings: the only cloud of a file is used, a named one must be there, variables make one of their own', () => {
  assert.equal(resolve({}).region, 'R')
  for (const os_cloud of ['two', 'constructor']) {
    assert.throws(() => resolve({ os_cloud }), { message: `Cloud ${os_cloud} was not found.`, exitCode: 1 })
  }
  const { credentials } = resolve({}, { OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'http://net' })
  assert.deepEqual(credentials, { kind: 'none', endpoint: 'http://net' })
  assert.throws(() => resolve({}, {}, { a: cloud, b: cloud }), {
    message: 'Auth plugin requires parameters which were not given: auth_url',
  })
  assert.throws(() => resolve({}, { OS_USERNAME: 'x' }, { envvars: cloud }), /defines a cloud named "envvars"/)
})

test('settings: the interface is said by options, then OS_ENDPOINT_TYPE, then the cloud; without URL at its end', () => {
  const admin = { one: { ...cloud, interface: 'admin' } }
  assert.equal(
    resolve({ os_cloud: 'one', os_endpoint_type: 'internalURL' }, { OS_ENDPOINT_TYPE: 'publicURL' }, admin).interface,
    'internal',
  )
  assert.equal(resolve({ os_cloud: 'one' }, { OS_ENDPOINT_TYPE: 'publicURL' }, admin).interface, 'public')
  assert.equal(resolve({}, {}, admin).interface, 'admin')
})

test('settings: a token and an address need no identity service', () => {
  const token = { kind: 'token', token: 't', endpoint: 'http://net' }
  assert.deepEqual(resolve({ os_token: 't', os_url: 'http://net' }, {}, {}).credentials, token)
  assert.deepEqual(resolve({}, { OS_TOKEN: 't', OS_URL: 'http://net' }, {}).credentials, token)
})

test('settings: time-outs, TLS and loudness', () => {
  const given = resolve({ http_timeout: 1.5, insecure: true, verbose_level: 2, retries: 3 }, { HOME: '/h' })
  assert.deepEqual([given.timeoutMs, given.tls.verify, given.debug, given.retries], [1500, false, true, 3])
  assert.equal(resolve({ os_cacert: '~/ca.pem' }, { HOME: '/h' }).tls.caFile, '/h/ca.pem')
  assert.equal(resolve({}, {}, { one: { ...cloud, verify: false } }).tls.verify, false)
  assert.equal(resolve({}, { NEUTRONCLIENT_INSECURE: '1' }).tls.verify, false)
})

test('clouds: the file that is named comes first, then this directory, the user, the system', () => {
  const places = candidates('clouds', '/my.yaml', { HOME: '/h', XDG_CONFIG_HOME: '/x' }, '/here')
  const folders = places.filter((place) => place.endsWith('yaml'))
  assert.deepEqual(folders, [
    '/my.yaml',
    '/here/clouds.yaml',
    '/x/openstack/clouds.yaml',
    '/h/.config/openstack/clouds.yaml',
    '/etc/openstack/clouds.yaml',
  ])
})

test('query: as Python writes it, and back', () => {
  assert.equal(renderQuery({}), '')
  const query = { name: "it's a+b~é", shared: true, id: ['x', 'y'], none: null, absent: undefined }
  assert.equal(renderQuery(query), '?name=it%27s+a%2Bb~%C3%A9&shared=True&id=x&id=y')
  assert.deepEqual(parseQuery('http://h/v2.0/ports?limit=2&id=x&id=y'), { limit: ['2'], id: ['x', 'y'] })
})

test('query: one that is too long is asked in pieces, each id once', () => {
  const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`)
  const parts = splitQuery({ fields: ['id', 'name'], id: ids }, 200)
  assert.ok(parts.length > 1 && parts.every((part) => renderQuery(part).length <= 200))
  assert.deepEqual(
    parts.flatMap(({ id }) => id),
    ids,
  )
  assert.deepEqual(splitQuery({ name: 'x'.repeat(300) }, 200), [{ name: 'x'.repeat(300) }])
})

const refusal = (status: number, text: string, id?: string) => ({
  status,
  reason: 'Reason',
  headers: id === undefined ? {} : { 'x-openstack-request-id': id },
  text,
})

const faults: Record<string, [number, string, string]> = {
  "the error's message and detail": [409, '{"NeutronError": {"type": "T", "message": "m", "detail": "d"}}', 'm\nd'],
  'an error that is a text': [400, '{"NeutronError": "plain"}', 'plain'],
  'a message alone': [503, '{"message": "try later"}', 'try later'],
  'JSON of another kind': [500, '{"a": [true, null]}', "500-{'a': [True, None]}"],
  'no JSON': [502, '<html>', '<html>'],
  nothing: [500, '', 'Reason'],
  'what the identity middleware says': [401, '{"error": {"code": 401, "message": "No."}}', 'No. (HTTP 401)'],
}

for (const [title, [status, text, message]] of Object.entries(faults)) {
  test(`faults: ${title} is printed`, () => assert.equal(networkingFault(refusal(status, text)).message, message))
}

test('faults: request ids follow in the words of each service', () => {
  const fault = networkingFault(refusal(404, '{"NeutronError": {"type": "PortNotFound", "message": "m"}}', 'req-1'))
  assert.equal(fault.message, "m\nNeutron server returns request_ids: ['req-1']")
  assert.deepEqual([fault.status, fault.type, fault.exitCode], [404, 'PortNotFound', 1])
  assert.equal(
    identityFault(refusal(401, '{"error": {"message": "No."}}', 'r')).message,
    'No. (HTTP 401) (Request-ID: r)',
  )
  assert.equal(identityFault(refusal(502, '<html>')).message, 'Bad Gateway (HTTP 502)')
})

test('catalogue: endpoints by type, interface and region, of both versions', () => {
  const endpoint = (region_id: string, url: string) => ({ interface: 'public', region_id, url })
  const catalog = [{ type: 'network', endpoints: [endpoint('A', 'http://a'), endpoint('B', 'http://b')] }]
  const v3 = accessOfV3({ token: { catalog, project: { id: 'p' }, roles: [{ name: 'admin' }] } }, 't')!
  const wanted = { serviceType: 'network', interface: 'public', region: 'B' }
  assert.equal(endpointUrl(v3, wanted), 'http://b')
  assert.deepEqual([v3.token, v3.projectId, v3.roles], ['t', 'p', ['admin']])
  const missing = (more: object) => () => endpointUrl(v3, { ...wanted, ...more })
  assert.throws(missing({ region: 'C' }), { message: 'public endpoint for network service in C region not found' })
  assert.throws(missing({ interface: 'x', region: '' }), { message: 'x endpoint for network service not found' })
  assert.throws(() => endpointUrl({ ...v3, endpoints: [] }, wanted), { message: 'The service catalog is empty.' })
  const serviceCatalog = [{ type: 'network', endpoints: [{ region: 'B', publicURL: 'http://v2' }] }]
  const v2 = accessOfV2({ access: { token: { id: 'x', tenant: { id: 'p' } }, user: { id: 'u' }, serviceCatalog } })!
  assert.deepEqual([v2.token, v2.userId, endpointUrl(v2, wanted)], ['x', 'u', 'http://v2'])
  assert.deepEqual([accessOfV3({}, 't'), accessOfV2(null)], [null, null])
})

test('identity: versions of both forms of the answer, oldest first, of those that can be used', () => {
  const version = (id: string, status: string, href: string) => ({ id, status, links: [{ rel: 'self', href }] })
  const values = [
    version('v3.14', 'stable', 'http://id/v3/'),
    version('v2.0', 'deprecated', '/v2.0/'),
    version('v4', 'stable', 'http://id/v4'),
  ]
  const expected = [
    { version: 2, url: 'http://id/v2.0' },
    { version: 3, url: 'http://id/v3' },
  ]
  assert.deepEqual(versionsOf({ versions: { values } }, 'http://id'), expected)
  assert.deepEqual(versionsOf({ version: values[0]! }, 'http://id'), [expected[1]])
  assert.deepEqual(versionsOf('no', 'http://id'), [])
})

test('trace: a request is a command for curl, and no secret is shown', () => {
  const headers = { 'X-Auth-Token': 's3cret', Accept: 'application/json' }
  const request = { method: 'POST', url: 'http://net/v2.0/ports', headers, body: '{"port": {}}' }
  const hash = '{SHA256}1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0'
  assert.equal(
    requestLine(request, { ...TLS, verify: false }),
    'DEBUG: keystoneauth.session REQ: curl -g -i --insecure -X POST http://net/v2.0/ports ' +
      `-H "Accept: application/json" -H "X-Auth-Token: ${hash}" -d '{"port": {}}'`,
  )
  const answer = {
    status: 201,
    reason: 'Created',
    headers: { 'x-openstack-request-id': 'r', 'content-type': 'application/json' },
    rawHeaders: ['X-Subject-Token', 's3cret', 'x-openstack-request-id', 'r', 'Content-Type', 'application/json'],
    text: '{"token": {}}',
    url: 'http://id/v3/auth/tokens',
  }
  const lines = [...answerLines(request, answer), ...authenticationLines(answer.url, answer)].join('\n')
  assert.doesNotMatch(lines, /s3cret/)
  assert.match(
    lines,
    /RESP: \[201\] Content-Type: application\/json X-Subject-Token: \{SHA256\}\w+ x-openstack-request-id: r$/m,
  )
  assert.match(lines, /POST call to http:\/\/id\/v3\/auth\/tokens used request id r$/m)
})

const failures: Record<string, [Error, string]> = {
  'a refused connection': [
    new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })]),
    'Unable to establish connection to http://h: Connection refused',
  ],
  'an unknown name': [
    Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
    'Unable to establish connection to http://h: Name or service not known',
  ],
  silence: [new Error('timeout'), 'Request to http://h timed out'],
  'a certificate': [
    Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    'SSL exception connecting to http://h: self-signed certificate',
  ],
}

for (const [title, [error, message]] of Object.entries(failures)) {
  test(`http: ${title} is said in a line`, () => assert.equal(failureOf('http://h', error).message, message))
}
