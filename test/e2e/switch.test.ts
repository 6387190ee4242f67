/** An ovs-vswitchd that dies and is started again under a whole host: what agents made comes back by itself. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { MEMBER_CLOUD } from '#identity/clouds-yaml.ts'
import { type ApiClient, openClient } from '#lab/api-client.ts'
import { STANDARD_PATHS } from '#lab/openvswitch.ts'
import { neutrino, type OneHost, oneHost, ownHost, sweep, temporaryState } from './one-host.ts'

ownHost()

const WAIT_MS_MAX = 20_000
const state = temporaryState()
let service: OneHost
let api: ApiClient

before(async () => {
  service = await oneHost(state)
  api = await openClient(`${state}/clouds.yaml`, MEMBER_CLOUD)
})

after(async () => {
  await service.end('SIGTERM')
  await sweep(state)
})

const id = (resource: JsonObject) => String(resource.id)
const boot = () => neutrino(['instance', 'boot', 'one', '--network', 'inside', '--state', state])
const inInstance = (...words: string[]) => neutrino(['instance', 'exec', '--state', state, 'one', '--', ...words])
const ping = (address: string) => execFileSync('ping', ['-n', '-c1', '-W1', address], { encoding: 'utf8' })

async function eventually<T>(what: string, look: () => T | Promise<T>): Promise<T> {
  const end = performance.now() + WAIT_MS_MAX
  for (;;) {
    try {
      return await look()
    } catch (cause) {
      if (performance.now() > end) throw new Error(`not in time: ${what}`, { cause })
      await sleep(100)
    }
  }
}

async function restartSwitch(): Promise<void> {
  const pid = Number(readFileSync(`${STANDARD_PATHS.runDir}/ovs-vswitchd.pid`, 'utf8'))
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  process.kill(pid, 'SIGKILL')
  await eventually('ovs-vswitchd has ended', () => assert.throws(() => process.kill(pid, 0)))
  execFileSync('ovs-vswitchd', argv.slice(1), { stdio: 'ignore' })
}

test('DHCP, router and floating IP answer again after ovs-vswitchd was killed; an instance is plugged by its next boot', async () => {
  const inside = await api.create('networks', { name: 'inside' })
  const subnet = await api.create('subnets', { network_id: id(inside), ip_version: 4, cidr: '10.41.0.0/24' })
  const [outside] = await api.list('networks', { name: 'public' })
  const router = await api.create('routers', { name: 'r', external_gateway_info: { network_id: id(outside!) } })
  await api.put(`/v2.0/routers/${id(router)}/add_router_interface`, { subnet_id: id(subnet) })
  const group = await api.create('security-groups', { name: 'ping' })
  await api.create('security-group-rules', { security_group_id: id(group), direction: 'ingress', protocol: 'icmp' })
  await neutrino(['instance', 'boot', 'one', '--network', 'inside', '--security-group', 'ping', '--state', state])
  const [port] = await api.list('ports', { device_owner: 'compute:nova' })
  const floating = await api.create('floatingips', { floating_network_id: id(outside!), port_id: id(port!) })
  const address = String(floating.floating_ip_address)
  await eventually('the floating IP answers', () => ping(address))
  const gateway = String(
    (router.external_gateway_info as { external_fixed_ips: { ip_address: string }[] }).external_fixed_ips[0]!
      .ip_address,
  )

  await restartSwitch()

  await eventually("the router's gateway answers", () => ping(gateway))
  await boot()
  await eventually('the floating IP answers again', () => ping(address))
  await inInstance('ping', '-n', '-c1', '-W2', '10.41.0.1')
  await inInstance('ping', '-n', '-c1', '-W2', '172.24.4.1')
  assert.match(await inInstance('curl', '-sf', '-m', '5', 'http://169.254.169.254/latest/meta-data/hostname'), /one/)
  assert.equal((await api.list('ports', { device_owner: 'compute:nova' })).length, 1)
})
