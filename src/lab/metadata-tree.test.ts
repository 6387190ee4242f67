import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { pageAt } from './metadata-tree.ts'
import { answerOf } from './nova-metadata.ts'
import type { InstanceRecord } from './record.ts'

const instance: InstanceRecord = {
  name: 'web',
  id: 'i1',
  status: 'active',
  builder: 0,
  netns: 'instance-i1',
  project_id: 'p1',
  network_id: 'n1',
  port_id: 'port1',
  mac: 'fa:16:3e:00:00:05',
  mtu: 1450,
  device: 'tapport1',
  fixed_ips: ['10.0.0.5'],
  security_groups: ['default', 'web'],
  user_data: '#cloud-config\n',
  keys: { mine: 'ssh-ed25519 AAAA' },
  created_at: '',
}
const body = (path: string) => pageAt(path, instance)?.body

test('lab metadata: the OpenStack tree describes the instance', () => {
  assert.match(body('/openstack/')!, /\nlatest$/)
  assert.match(body('/openstack/latest')!, /^meta_data\.json\nuser_data\nvendor_data\.json\nnetwork_data\.json/)
  const data = JSON.parse(body('/openstack/latest/meta_data.json')!)
  assert.deepEqual([data.uuid, data.name, data.project_id], ['i1', 'web', 'p1'])
  assert.deepEqual(data.public_keys, { mine: 'ssh-ed25519 AAAA' })
  const { links } = JSON.parse(body('/openstack/2018-08-27/network_data.json')!)
  assert.deepEqual([links[0].ethernet_mac_address, links[0].mtu], ['fa:16:3e:00:00:05', 1450])
  assert.equal(body('/openstack/latest/user_data'), '#cloud-config\n')
  assert.equal(pageAt('/openstack/latest/user_data', { ...instance, user_data: null }), null)
})

test('lab metadata: the EC2 tree lists directories with a slash and is walked with or without one', () => {
  assert.match(body('/')!, /2009-04-04\nlatest$/)
  assert.equal(body('/latest'), 'meta-data/\nuser-data')
  assert.match(body('/latest/meta-data/')!, /^placement\/$/m)
  assert.match(body('/2009-04-04/meta-data')!, /^local-ipv4$/m)
  assert.equal(body('/latest/meta-data/local-ipv4'), '10.0.0.5')
  assert.equal(body('/latest/meta-data/placement/availability-zone/'), 'nova')
  assert.equal(body('/latest/meta-data/security-groups'), 'default\nweb')
  assert.equal(body('/latest/meta-data/public-keys/'), '0=mine')
  assert.equal(body('/latest/meta-data/public-keys/0'), 'openssh-key')
  assert.equal(body('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-ed25519 AAAA')
  assert.match(body('/latest/meta-data/instance-id')!, /^i-[0-9a-f]{8}$/)
})

test('lab metadata: what is not there is not there', () => {
  for (const path of [
    '/openstack/1999-01-01',
    '/3.0',
    '/latest/meta-data/none',
    '/latest/user-data/x',
    '/openstack/x/y',
  ]) {
    assert.equal(pageAt(path, instance), null, path)
  }
})

test('lab metadata: only a signed id of an instance of that project is answered', () => {
  const known = { secret: 's', find: (id: string) => (id === 'i1' ? instance : null) }
  const sign = (id: string) => createHmac('sha256', 's').update(id).digest('hex')
  const signed = { 'x-instance-id': 'i1', 'x-tenant-id': 'p1', 'x-instance-id-signature': sign('i1') }
  const status = (headers: object) => answerOf('/latest', headers as never, known).status
  assert.equal(status(signed), 200)
  assert.equal(status({ ...signed, 'x-instance-id-signature': undefined }), 403)
  assert.equal(status({ ...signed, 'x-instance-id-signature': sign('i2') }), 403)
  assert.equal(status({ ...signed, 'x-instance-id-signature': '' }), 403)
  assert.equal(status({ ...signed, 'x-instance-id': 'i2' }), 403)
  assert.equal(status({ ...signed, 'x-instance-id': 'i2', 'x-instance-id-signature': sign('i2') }), 404)
  assert.equal(status({ ...signed, 'x-tenant-id': 'p2' }), 404)
  assert.equal(status({ ...signed, 'x-tenant-id': undefined }), 400)
  assert.equal(status({}), 400)
})
