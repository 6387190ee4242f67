import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { dhcpDeviceId, stateOf } from '#agents/dhcp/fragment.ts'
import { DhcpHost } from '#agents/dhcp/host.ts'
import { plan } from '#agents/dhcp/plan.ts'
import type { WantedNetwork } from '#agents/dhcp/state.ts'
import { openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { DaemonWatch, findDaemon } from '#linux/child.ts'
import { listNetns, netns } from '#linux/netns.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import type { NetworkInfo } from '#rpc/contract/dhcp.ts'
import { address, network, port } from './dhcp-server.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const SETTINGS = {
  enable_isolated_metadata: true,
  force_metadata: false,
  enable_metadata_network: false,
  dns_domain: 'openstacklocal',
  dhcp_lease_duration: 86_400,
  dhcp_renewal_time: 0,
  dhcp_rebinding_time: 0,
  dnsmasq_config_file: '',
  dnsmasq_dns_servers: [],
  dnsmasq_base_log_dir: null,
  dnsmasq_local_resolv: false,
  dnsmasq_lease_max: 1_000,
  dhcp_broadcast_reply: false,
  dnsmasq_txt_record: '',
  user: 'root',
}

/** The network with that many instances, on as many subnets, served by a port of that number. */
function wanted(made: NetworkInfo, confs: string, shape: { ports: number; subnets: number; dhcpPort: string }) {
  const second = { ...made.subnets[0]!, id: `${made.subnets[0]!.id}-2`, cidr: '10.0.99.0/24', gateway_ip: null }
  const wide = { ...made, subnets: [made.subnets[0]!, second].slice(0, shape.subnets) }
  const dhcpPort = port(wide, {
    id: shape.dhcpPort,
    mac_address: 'fa:16:3e:ff:00:02',
    device_owner: 'network:dhcp',
    device_id: dhcpDeviceId('h', made.id),
    fixed_ips: wide.subnets.map(({ id }) => address(wide, id, 2)),
  })
  const instances = Array.from({ length: shape.ports }, (_, n) => ({
    ...port(wide, { mac_address: `fa:16:3e:00:00:0${n}` }, 10 + n),
    id: `port-${n}`,
  }))
  return stateOf({ ...wide, ports: [...instances, dhcpPort] }, dhcpPort, { ...SETTINGS, dhcp_confs: confs })
}

test('a kill between any two steps, then another turn, ends in the same host', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const confs = mkdtempSync(join(tmpdir(), 'dhcp-kill-'))
  await ovs.ovsdb.commit(addBridge({ name: 'br-int', datapath_type: 'netdev', fail_mode: 'secure' }), signal)
  const driver = openvswitchInterfaceDriver({ ovsdb: ovs.ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  const watch = new DaemonWatch(() => {})
  // A new one each time: nothing is remembered from before the kill.
  const host = () => new DhcpHost({ confs, driver: async () => driver, watch, deleteNamespaces: true })
  const made = network(1)
  const { id } = made
  const shapes = [
    wanted(made, confs, { ports: 1, subnets: 1, dhcpPort: 'aaaaaaaa-0000' }),
    wanted(made, confs, { ports: 2, subnets: 2, dhcpPort: 'aaaaaaaa-0000' }),
    wanted(made, confs, { ports: 1, subnets: 1, dhcpPort: 'bbbbbbbb-0000' }),
    null,
  ]

  const turn = async (want: WantedNetwork | null, stepsMax = Number.POSITIVE_INFINITY) => {
    const steps = plan(want, host().have(id)).slice(0, stepsMax)
    for (const step of steps) await host().apply(id, step, signal)
    return steps.length
  }
  let before: WantedNetwork | null = null
  for (const want of shapes) {
    const whole = plan(want, host().have(id)).length
    for (let killedAfter = 0; killedAfter < whole; killedAfter++) {
      await turn(want, killedAfter)
      await turn(want)
      assert.equal(await turn(want), 0, `after ${killedAfter} of ${whole} steps`)
      if (want === null) break
      const text = await netns(want.netns).run(['ip', '-o', '-4', 'addr'], { timeoutMs: 5_000, signal })
      for (const cidr of want.addresses) assert.ok(text.includes(cidr), cidr)
      assert.equal((await driver.list()).length, 1)
      // Back to where this change begins, for the next place to be killed at.
      if (killedAfter + 1 < whole) await turn(before)
    }
    before = want
  }

  assert.deepEqual(host().list(), [])
  assert.deepEqual(listNetns(), [])
  assert.deepEqual(await driver.list(), [])
  assert.equal(
    findDaemon(`${confs}/${id}/pid`, () => true),
    null,
  )
  watch.close()
  rmSync(confs, { recursive: true })
})
