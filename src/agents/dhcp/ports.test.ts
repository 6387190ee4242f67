import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { exampleDhcpPort, exampleNetwork, exampleSubnet6 } from './example.ts'
import { dhcpDeviceId } from './fragment.ts'
import { type DhcpPlugin, ensureDhcpPort, ReadyPorts } from './ports.ts'

const { signal } = new AbortController()
const device_id = dhcpDeviceId('h', 'n1')
const ours = { ...exampleDhcpPort, device_id }

/** A server that notes what it is asked, and answers with that port. */
function server(answer: object | null = ours) {
  const calls: { method: string; args: Record<string, unknown> }[] = []
  const call = async (method: string, args: Record<string, unknown>) => {
    calls.push({ method, args })
    return answer
  }
  return { calls, plugin: { call } as unknown as DhcpPlugin }
}

test('dhcp port: one that is as it should be is taken as it is', async () => {
  const { plugin, calls } = server()
  const network = { ...exampleNetwork, ports: [ours] }
  assert.equal(await ensureDhcpPort(plugin, network, 'h', signal), ours)
  assert.deepEqual(calls, [])
})

test('dhcp port: a subnet that came is added, one that went is left out', async () => {
  const fixed_ips = [{ subnet_id: 's6', ip_address: 'fd00::2' }]
  const { plugin, calls } = server({ ...ours, fixed_ips })
  const network = { ...exampleNetwork, subnets: [exampleSubnet6], ports: [ours] }
  assert.deepEqual((await ensureDhcpPort(plugin, network, 'h', signal)).fixed_ips, fixed_ips)
  assert.equal(calls[0]!.method, 'update_dhcp_port')
  assert.deepEqual(calls[0]!.args.port, { port: { network_id: 'n1', fixed_ips: [{ subnet_id: 's6' }] } })
})

test('dhcp port: a reserved one is taken over before a new one is made', async () => {
  const { plugin, calls } = server()
  const reserved = { ...exampleDhcpPort, device_id: 'reserved_dhcp_port' }
  await ensureDhcpPort(plugin, { ...exampleNetwork, ports: [reserved] }, 'h', signal)
  assert.deepEqual(
    calls.map(({ method }) => method),
    ['update_dhcp_port'],
  )
  await ensureDhcpPort(plugin, { ...exampleNetwork, ports: [] }, 'h', signal)
  assert.equal(calls[1]!.method, 'create_dhcp_port')
})

test('dhcp port: without an address on each subnet there is none to work with', async () => {
  const network = { ...exampleNetwork, ports: [] }
  await assert.rejects(ensureDhcpPort(server(null).plugin, network, 'h', signal), /no DHCP port/)
  await assert.rejects(ensureDhcpPort(server({ ...ours, fixed_ips: [] }).plugin, network, 'h', signal), /no DHCP port/)
})

test('ready ports: told once, at most 64 at a time, again when they changed or were named', async () => {
  const { plugin, calls } = server(null)
  const ready = new ReadyPorts(plugin, silentLog)
  const told = async () => {
    for (let quiet = 0, seen = calls.length; quiet < 4; seen = calls.length) {
      await sleep(20)
      quiet = calls.length === seen ? quiet + 1 : 0
    }
    return calls.splice(0).map(({ args }) => (args.port_ids as string[]).length)
  }
  const ports = Array.from({ length: 70 }, (_, n) => ({ id: `p${n}`, ready: false, version: 'a' }))
  ready.set('n', ports)
  assert.deepEqual(await told(), [64, 6])
  ready.set('n', ports)
  assert.deepEqual(await told(), [])
  ready.set('n', [{ id: 'p0', ready: false, version: 'b' }, ...ports.slice(1)])
  assert.deepEqual(await told(), [1])
  ready.forget('n', 'p1')
  ready.set('n', [{ id: 'p0', ready: true, version: 'b' }, ...ports.slice(1)])
  assert.deepEqual(await told(), [1])
  ready.close()
})
