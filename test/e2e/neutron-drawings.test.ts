/** What `neutron` draws, in a real terminal: in colour, within the width, at 80 and at 120 columns, from the shell too. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { type NeutronWorld, neutronWorld } from './neutron-command.ts'
import { openTerminal } from './terminal.ts'

const NEUTRON = join(import.meta.dirname, '../../src/cmd/neutron.ts')
const ARGV = [process.execPath, NEUTRON] as const
const ESCAPE = '\u{1b}['
let world: NeutronWorld

before(async () => {
  world = await neutronWorld()
  const { member } = world
  const [external] = await member.list('networks', { name: 'public' })
  const router = await member.create('routers', { name: 'edge', external_gateway_info: { network_id: external!.id! } })
  const network = await member.create('networks', { name: 'web' })
  const subnet = await member.create('subnets', { network_id: network.id!, ip_version: 4, cidr: '10.10.1.0/24' })
  await member.put(`/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id! })
  await member.create('ports', { network_id: network.id!, name: 'web-1' })
})
const admin = () => ({ ...world.env, OS_CLOUD: ADMIN_CLOUD })

after(() => world?.[Symbol.asyncDispose]())

for (const columns of [80, 120]) {
  test(`topology on ${columns} columns: in colour, boxes closed, nothing broken over lines`, async () => {
    await using terminal = openTerminal([...ARGV, 'topology'], { columns, env: world.env })
    assert.equal(await terminal.ended(), 0)
    const drawing = terminal.screen()
    assert.match(drawing, /─ web ─[\s\S]*web-1[\s\S]*1 router/)
    const edges = drawing.split('\n').filter((line) => /[─═]{2}/.test(line))
    assert.ok(edges.length >= 6, drawing)
    for (const line of edges) assert.match(line, /[╮╯╗╝┐┘]$/, drawing)
    assert.ok(terminal.coloured().includes(ESCAPE), 'nothing is coloured')
  })

  test(`explain port on ${columns} columns: the first step that is missing is marked, in colour`, async () => {
    await using terminal = openTerminal([...ARGV, 'explain', 'port', 'web-1'], {
      columns,
      env: admin(),
    })
    assert.equal(await terminal.ended(), 1)
    assert.match(terminal.screen(), /^Port web-1.*, DOWN$/m)
    assert.match(terminal.screen(), /^ *✔ created/m)
    assert.match(terminal.screen(), /^ *✖ on a host/m)
    assert.ok(terminal.coloured().includes(`${ESCAPE}31m`), terminal.coloured())
    assert.ok(terminal.coloured().includes(`${ESCAPE}32m`), terminal.coloured())
  })
}

test('NO_COLOR is heeded', async () => {
  await using terminal = openTerminal([...ARGV, 'topology'], { env: { ...world.env, NO_COLOR: '1' } })
  assert.equal(await terminal.ended(), 0)
  assert.ok(!terminal.coloured().includes(ESCAPE))
})

test('the shell draws to the width that its terminal has by then, and completes what is drawn', async () => {
  await using terminal = openTerminal([...ARGV], { columns: 120, env: admin() })
  await terminal.until(/^\(neutron\)$/m)
  terminal.line('topology --all-tenants')
  const wide = await terminal.until(/1 router[\s\S]*\n\(neutron\)$/)
  terminal.resize(80, 40)
  terminal.press('C-l')
  await terminal.until(/^\(neutron\)$/)
  terminal.line('topology --all-tenants')
  const narrow = await terminal.until(/1 router[\s\S]*\n\(neutron\)$/)
  const widest = (screen: string) => Math.max(...screen.split('\n').map((line) => line.length))
  assert.ok(widest(wide) > 80 && widest(narrow) <= 80, `${wide}\n${narrow}`)
  terminal.type('explain po')
  terminal.press('Tab')
  await terminal.until(/^\(neutron\) explain port$/m)
  terminal.type('web')
  terminal.press('Tab')
  await terminal.until(/^\(neutron\) explain port web-1$/m)
  terminal.press('Enter')
  await terminal.until(/✖ on a host[\s\S]*\(neutron\)$/)
  terminal.press('C-d')
  assert.equal(await terminal.ended(), 0)
})
