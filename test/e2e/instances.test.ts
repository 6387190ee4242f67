import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { sleep } from '#base/lifetime.ts'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { readLease, renewLease } from '#lab/dhcp-client.ts'
import { bootInstance, deleteInstance, type Lab, listInstances, runInInstance } from '#lab/instances.ts'
import { namespaces, type OneHost, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()

const PROGRAM = join(import.meta.dirname, '../../src/cmd/neutrino.ts')
const state = temporaryState()
let service: OneHost
let api: ApiClient
let lab: Lab
let networkId: string

before(async () => {
  service = await oneHost(state)
  api = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  const { ovsdb_connection, integration_bridge } = ovsOptions()
  lab = {
    directory: `${state}/instances`,
    api,
    host: hostname(),
    ovsdb: ovsdb_connection!,
    integrationBridge: integration_bridge!,
  }
  const network = await api.create('networks', { name: 'lab' })
  networkId = String(network.id)
  await api.create('subnets', { network_id: networkId, ip_version: 4, cidr: '10.7.0.0/24' })
})

after(async () => {
  await service.end('SIGTERM')
  await sweep(state)
})

function ovsOptions(): Record<string, string> {
  const text = readFileSync(`${state}/etc/openvswitch_agent.ini`, 'utf8')
  return Object.fromEntries([...text.matchAll(/^(\w+) = (.*)$/gm)].map(([, name, value]) => [name!, value!]))
}

const instancePorts = () => api.list('ports', { device_owner: 'compute:nova' })
const instanceNamespaces = () => namespaces().filter((name) => name.startsWith('instance-'))

test('an instance has its address by DHCP, finds itself in its metadata, and leaves nothing when it goes', async () => {
  const instance = await bootInstance(lab, {
    name: 'one',
    network: 'lab',
    userData: '#!/bin/sh\n',
    keys: { k: 'ssh-rsa A' },
  })

  assert.deepEqual([instance.lease?.address], instance.fixed_ips)
  assert.equal(instance.lease?.serverId, '10.7.0.2')
  const fetch = (path: string) =>
    runInInstance(lab, 'one', ['curl', '-sf', '-m', '5', `http://169.254.169.254${path}`], { timeoutMs: 10_000 })
  assert.equal(JSON.parse(await fetch('/openstack/latest/meta_data.json')).uuid, instance.id)
  assert.equal(await fetch('/latest/user-data'), '#!/bin/sh\n')
  assert.equal(await fetch('/latest/meta-data/public-keys/0/openssh-key'), 'ssh-rsa A')

  assert.ok(renewLease(instance.directory))
  for (let tries = 0; tries < 200 && readLease(instance.directory)?.answers !== 2; tries++) await sleep(25)
  const renewed = readLease(instance.directory)
  assert.deepEqual([renewed?.event, renewed?.address], ['renew', instance.lease.address])

  // The same name again is the same instance.
  assert.equal((await bootInstance(lab, { name: 'one', network: 'lab' })).id, instance.id)
  await deleteInstance(lab, 'one')
  await deleteInstance(lab, 'one')
  assert.deepEqual([await listInstances(lab), await instancePorts(), instanceNamespaces()], [[], [], []])
})

test('a boot that is killed anywhere is put right by the next one, and a delete by the next delete', async () => {
  for (const pauseMs of [150, 300, 400, 500, 600]) {
    const argv = ['instance', 'boot', 'two', '--network', networkId, '--state', state]
    const child = spawn(process.execPath, [PROGRAM, ...argv], { stdio: 'ignore' })
    await sleep(pauseMs)
    const ended = once(child, 'exit')
    if (child.exitCode === null) {
      child.kill('SIGKILL')
      await ended
    }
    const { lease, port_id } = await bootInstance(lab, { name: 'two', network: networkId })
    assert.ok(lease, `killed after ${pauseMs} ms`)
    assert.deepEqual(
      (await instancePorts()).map(({ id }) => id),
      [port_id],
    )
    assert.equal(instanceNamespaces().length, 1)

    const removal = spawn(process.execPath, [PROGRAM, 'instance', 'delete', 'two', '--state', state], {
      stdio: 'ignore',
    })
    await sleep(pauseMs)
    const removed = once(removal, 'exit')
    if (removal.exitCode === null) {
      removal.kill('SIGKILL')
      await removed
    }
    await deleteInstance(lab, 'two')
    assert.deepEqual([await listInstances(lab), await instancePorts(), instanceNamespaces()], [[], [], []])
  }
})

test('a boot that cannot be leaves nothing: no such network, no such group, a bad name', async () => {
  await assert.rejects(bootInstance(lab, { name: 'three', network: 'none' }), /0 networks are called none/)
  await assert.rejects(
    bootInstance(lab, { name: 'three', network: 'lab', securityGroups: ['none'] }),
    /0 security-groups/,
  )
  await assert.rejects(bootInstance(lab, { name: '../three', network: 'lab' }), /letters, digits and dashes/)
  assert.deepEqual([await listInstances(lab), await instancePorts(), instanceNamespaces()], [[], [], []])
})
