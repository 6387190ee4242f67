import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEAD_VLAN, openvswitchInterfaceDriver } from '#agents/runtime/interface.ts'
import { netns, removeNetns } from '#linux/netns.ts'
import { createNetns } from '#linux/netns-create.ts'
import { addBridge } from '#linux/ovsdb/operations.ts'
import { ownNamespaces } from './namespaces.ts'
import { temporaryOvs } from './ovs.ts'

ownNamespaces()

const bridge = { name: 'br-int', datapath_type: 'netdev', fail_mode: 'secure' } as const
const device = (n: number) => ({
  name: `tap${n}`,
  port_id: `00000000-0000-0000-0000-00000000000${n}`,
  mac: `fa:16:3e:00:00:0${n}`,
  netns: `ns${n}`,
  mtu: 1450,
})

test('devices survive half-done runs, deleted namespaces and a restarted ovs-vswitchd', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  await ovsdb.commit(addBridge(bridge), signal)
  const driver = openvswitchInterfaceDriver({ ovsdb, integrationBridge: 'br-int', datapathType: 'netdev' })
  const devices = [device(1), device(2)]
  const shows = async (n: number) => {
    const text = await netns(`ns${n}`).run(['ip', 'link', 'show', `tap${n}`], { timeoutMs: 5_000, signal })
    assert.match(text, /LOWER_UP/)
    assert.match(text, /mtu 1450/)
    assert.match(text, new RegExp(`fa:16:3e:00:00:0${n}`))
  }
  const pings = async () => {
    await ovs.run(['ovs-vsctl', 'clear', 'port', 'tap1', 'tag', '--', 'clear', 'port', 'tap2', 'tag'])
    await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', 'br-int', 'actions=NORMAL'])
    for (const n of [1, 2]) {
      const address = ['ip', 'address', 'replace', `10.0.0.${n}/24`, 'dev', `tap${n}`]
      await netns(`ns${n}`).run(address, { timeoutMs: 5_000, signal })
    }
    await netns('ns1').run(['ping', '-c1', '-W3', '10.0.0.2'], { timeoutMs: 5_000, signal })
  }
  createNetns('ns1')
  createNetns('ns2')

  await driver.plug(devices, signal)
  assert.equal(ovsdb.byName('Port', 'tap1')!.tag, DEAD_VLAN)
  assert.deepEqual(
    (await driver.list()).sort((a, b) => (a.name < b.name ? -1 : 1)),
    devices.map(({ name, port_id, mac }) => ({ name, port_id, mac })),
  )
  await shows(1)
  await shows(2)
  await pings()

  await driver.plug(devices, signal)
  await shows(1)

  await removeNetns('ns1', signal)
  createNetns('ns1')
  await driver.plug(devices, signal)
  await shows(1)
  await pings()

  await ovs.restartVswitchd()
  await driver.plug(devices, signal)
  await shows(1)
  await shows(2)
  await pings()

  await driver.unplug(['tap1', 'tap2', 'tap3'], signal)
  assert.deepEqual(await driver.list(), [])
  const left = await netns('ns1').run(['ip', '-o', 'link'], { timeoutMs: 5_000, signal })
  assert.doesNotMatch(left, /tap1/)
})
