import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startOpenvswitchAgent } from '#agents/l2/agent.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addPort } from '#linux/ovsdb/operations.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'
import { coreStore } from '../fakes/core.ts'
import { agentConfig, eventually, inside } from './l2.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

interface Plugged {
  readonly id: string
  readonly mac_address: string
  readonly fixed_ips: readonly { readonly ip_address: string }[]
}

/** A device for that port in a namespace, as a hypervisor of that host plugs it. */
async function plug(host: string, { ovsdb }: TemporaryOvs, name: string, port: Plugged, signal: AbortSignal) {
  const external_ids = { 'iface-id': port.id, 'attached-mac': port.mac_address, 'iface-status': 'active' }
  const onto = { uuid: ovsdb.byName('Bridge', 'br-int')!.uuid }
  await ovsdb.commit(addPort(onto, { name, type: 'internal', tag: 4095, external_ids }), signal)
  createNetns(name)
  await inside(host, ['ip', 'link', 'set', name, 'address', port.mac_address, 'netns', name], signal)
  await inside(name, ['ip', 'link', 'set', name, 'up'], signal)
  await inside(name, ['ip', 'address', 'add', `${port.fixed_ips[0]!.ip_address}/24`, 'dev', name], signal)
}

test('a port that is activated on another host is reached there, and no longer where it was', async ({ signal }) => {
  const hosts = ['a', 'b'] as const
  for (const host of hosts) createNetns(host)
  await using switchA = await temporaryOvs({ within: 'a' })
  await using switchB = await temporaryOvs({ within: 'b' })
  const features = await coreFeatures()
  await using ending = new AsyncDisposableStack()
  const store = await coreStore(features)
  ending.defer(() => store.close())
  const ml2 = { project_network_types: 'local', mechanism_drivers: 'openvswitch' }
  const cloud = ending.use(await startTestCloud(store, features, { ml2 }))
  const switches = { a: switchA, b: switchB }
  for (const host of hosts) {
    const config = agentConfig(switches[host], { DEFAULT: { host } })
    const { transport } = cloud
    const agent = await startOpenvswitchAgent({ config, transport, log: silentLog, clock: systemClock })
    ending.defer(() => agent.close())
    await agent.synced()
  }

  const send = async (method: string, path: string, body?: object) => {
    const answer = await cloud.call('admin', method, `/v2.0/${path}`, body)
    assert.ok(answer.status < 300, answer.text)
    return answer.body
  }
  const { network } = await send('POST', 'networks', { network: { port_security_enabled: false } })
  const subnet = { network_id: network.id, ip_version: 4, cidr: '10.0.0.0/24' }
  await send('POST', 'subnets', { subnet })
  const port = async (host: string) => {
    const bound = { network_id: network.id, device_owner: 'compute:nova', 'binding:host_id': host }
    return (await send('POST', 'ports', { port: bound })).port
  }
  const [moving, nearA, nearB] = [await port('a'), await port('a'), await port('b')]
  await plug('a', switchA, 'near-a', nearA, signal)
  await plug('b', switchB, 'near-b', nearB, signal)
  // Live migration: both hosts have a device for the port while the instance is copied.
  await plug('a', switchA, 'old', moving, signal)
  await send('POST', `ports/${moving.id}/bindings`, { binding: { host: 'b' } })
  await plug('b', switchB, 'new', moving, signal)
  const address = moving.fixed_ips[0].ip_address
  const reaches = (from: string) =>
    inside(from, ['ping', '-c', '1', '-W', '1', address], signal).then(
      () => true,
      () => false,
    )
  const status = async () => (await send('GET', `ports/${moving.id}`)).port.status
  await eventually(() => reaches('near-a'), 'the port on its first host')
  await eventually(async () => (await status()) === 'ACTIVE', 'the port is ACTIVE')
  assert.equal(await reaches('near-b'), false)

  await send('PUT', `ports/${moving.id}/bindings/b/activate`)
  await eventually(() => reaches('near-b'), 'the port on its second host')
  await eventually(async () => !(await reaches('near-a')), 'the first host has let it go')
  await eventually(async () => (await status()) === 'ACTIVE', 'the port is ACTIVE again')
})
