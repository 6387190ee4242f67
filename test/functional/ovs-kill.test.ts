import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { addPort } from '#linux/ovsdb/operations.ts'
import { ownNamespaces } from './namespaces.ts'
import { type TemporaryOvs, temporaryOvs } from './ovs.ts'

ownNamespaces()

const COUNT = 12
const TRIES = 6

function start(ovs: TemporaryOvs): ChildProcess {
  const script = new URL('./l2-process.ts', import.meta.url).pathname
  return spawn(process.execPath, [script, ovs.connection, String(COUNT)], { stdio: ['ignore', 'pipe', 'inherit'] })
}

async function stopped(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Starts an agent, waits until it is in sync, kills it; answers the steps it took. */
async function syncOnce(ovs: TemporaryOvs): Promise<number> {
  const child = start(ovs)
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  const steps = Number(line.toString().trim().split(' ')[1])
  await stopped(child)
  return steps
}

/** What the agent is answerable for, without what Open vSwitch numbers by itself. */
async function state(ovs: TemporaryOvs) {
  const flows = async (bridge: string) => {
    const dump = await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', '--no-stats', 'dump-flows', bridge])
    return dump
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .sort()
  }
  await ovs.ovsdb.settled()
  const ports = ovs.ovsdb.rows('Port').map(({ name, tag, other_config }) => ({ name, tag, other_config }))
  return {
    int: await flows('br-int'),
    tun: await flows('br-tun'),
    ports: ports.sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

test('an agent killed at any moment leaves a host that the next one brings to the same end', async ({ signal }) => {
  await using ovs = await temporaryOvs()
  const { ovsdb } = ovs
  await syncOnce(ovs)
  const bridge = ovsdb.byName('Bridge', 'br-int')!
  const plugged = Array.from({ length: COUNT }, (_, index) => {
    const n = index + 1
    const external_ids = {
      'iface-id': `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
      'attached-mac': `fa:16:3e:00:00:${n.toString(16).padStart(2, '0')}`,
    }
    return addPort({ uuid: bridge.uuid }, { name: `tap${n}`, type: 'internal', external_ids })
  })
  await ovsdb.commit(plugged.flat(), signal)
  await syncOnce(ovs)
  const good = await state(ovs)
  assert.ok(good.int.length > COUNT * 20)

  for (let round = 0; round < TRIES; round++) {
    // Half of it undone, as if it had never been; the agent is killed somewhere while it mends that.
    await ovs.run(['ovs-ofctl', '-O', 'OpenFlow13', 'del-flows', 'br-int', `table=${[60, 71, 72, 73, 81, 82][round]}`])
    await ovs.run(['ovs-vsctl', 'clear', 'port', `tap${round + 1}`, 'tag'])
    await ovs.run(['ovs-vsctl', 'remove', 'interface', 'vxlan-c0000202', 'options', 'df_default'])
    const child = start(ovs)
    await pause(150 + round * 60)
    await stopped(child)
    await syncOnce(ovs)
    assert.deepEqual(await state(ovs), good)
  }
  assert.equal(await syncOnce(ovs), 0)
})
