import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignmentsOf, mayBeNamed, misfitOf } from './names.ts'

const ips = [
  { subnet_id: 's4', ip_address: '10.0.0.5' },
  { subnet_id: 's6', ip_address: 'fd00::5' },
]
const fqdns = (name: string, domain: string) => assignmentsOf(name, ips, domain).map(({ fqdn }) => fqdn)

test('dns names: an address is looked up by a name made of it, in the configured domain', () => {
  assert.deepEqual(assignmentsOf('', ips, 'openstacklocal'), [
    { ip_address: '10.0.0.5', hostname: 'host-10-0-0-5', fqdn: 'host-10-0-0-5.openstacklocal.' },
    { ip_address: 'fd00::5', hostname: 'host-fd00--5', fqdn: 'host-fd00--5.openstacklocal.' },
  ])
  assert.deepEqual(fqdns('', ''), ['host-10-0-0-5', 'host-fd00--5'])
  assert.deepEqual(assignmentsOf('web', [], 'example.org'), [])
})

test("dns names: the port's own name is that of all its addresses, where it may have one", () => {
  assert.deepEqual(fqdns('web', 'example.org'), ['web.example.org.', 'web.example.org.'])
  assert.deepEqual(fqdns('web', 'example.org.'), ['web.example.org.', 'web.example.org.'])
  assert.deepEqual(fqdns('web.example.org.', 'example.org')[0], 'web.example.org.')
  assert.equal(fqdns('web', 'openstacklocal')[0], 'host-10-0-0-5.openstacklocal.')
  assert.deepEqual(['', 'openstacklocal', 'openstacklocal.', 'x.org'].map(mayBeNamed), [false, false, false, true])
})

test('dns names: a name has to fit the configured domain', () => {
  assert.equal(misfitOf('web', 'example.org'), null)
  assert.equal(misfitOf('a.b.example.org.', 'example.org'), null)
  assert.match(misfitOf('web.other.org.', 'example.org')!, /must be equal .* set to 'example\.org'/)
  assert.match(misfitOf('example.org.', 'example.org')!, /one or more valid DNS labels to the left of 'example\.org'/)
  const long = `${'a'.repeat(60)}.`.repeat(4).slice(0, -1)
  assert.match(misfitOf(long, 'example.org')!, /its size is '243'.* with a length of '13'.* maximum size of '255'/)
  assert.equal(misfitOf('web.other.org.', 'openstacklocal'), null)
})
