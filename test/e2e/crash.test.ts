import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { openClient } from '#lab/api-client.ts'
import { oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()

const state = temporaryState()
after(() => sweep(state))

const CLIENTS = 16
const ACKNOWLEDGED_BEFORE_THE_KILL = 200

test('a server killed in the middle of a burst has every acknowledged port once, and no address twice', async () => {
  const first = await oneHost(state, ['--api-only'])
  const api = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  const network = await api.create('networks', { name: 'burst' })
  await api.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.0.0.0/20' })
  await api.put(`/v2.0/quotas/${await api.projectId()}`, { quota: { port: -1 } })

  const acknowledged = new Map<string, string>()
  let next = 0
  let killed: Promise<unknown> | null = null
  const client = async () => {
    for (;;) {
      const name = `port-${next++}`
      try {
        const port = await api.create('ports', { network_id: network.id!, name })
        acknowledged.set(String(port.id), name)
      } catch {
        return
      }
      if (acknowledged.size >= ACKNOWLEDGED_BEFORE_THE_KILL) killed ??= first.end('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  await killed

  await using second = await oneHost(state, ['--api-only'])
  assert.notEqual(second.pid, first.pid)
  const again = await openClient(`${state}/clouds.yaml`, ADMIN_CLOUD)
  const ports = (await again.list('ports', { network_id: String(network.id) })) as unknown as {
    id: string
    name: string
    fixed_ips: { ip_address: string }[]
  }[]
  const names = new Map(ports.map(({ id, name }) => [id, name]))
  for (const [id, name] of acknowledged) assert.equal(names.get(id), name)
  assert.equal(new Set(names.values()).size, ports.length, 'no name twice')
  const addresses = ports.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address))
  assert.equal(addresses.length, ports.length)
  assert.equal(new Set(addresses).size, addresses.length, 'no address twice')
  assert.ok(ports.length <= acknowledged.size + CLIENTS, 'nothing but what was asked for')
})
