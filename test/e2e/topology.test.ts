import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import type { ApiClient } from '#lab/api-client.ts'
import { type NeutronWorld, neutronWorld } from './neutron-command.ts'

let server: NeutronWorld
let floating: string

before(async () => {
  server = await neutronWorld()
  floating = await build(server)
})
after(() => server?.[Symbol.asyncDispose]())

type Made = JsonObject & { readonly id: string }
const create = async (api: ApiClient, collection: string, body: JsonObject) =>
  (await api.create(collection, body)) as Made

/** `web` and `db` behind the router `edge`, two ports, a floating IP; answers its address. */
async function build({ member, admin }: NeutronWorld): Promise<string> {
  const [external] = await member.list('networks', { name: 'public' })
  const router = await create(member, 'routers', { name: 'edge', external_gateway_info: { network_id: external!.id! } })
  const ports: Made[] = []
  for (const [name, cidr] of [
    ['web', '10.10.1.0/24'],
    ['db', '10.10.2.0/24'],
  ] as const) {
    const network = await create(member, 'networks', { name })
    const subnet = await create(member, 'subnets', { network_id: network.id, ip_version: 4, cidr, name: `${name}4` })
    await member.put(`/v2.0/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id })
    ports.push(await create(member, 'ports', { network_id: network.id, name: `${name}-1` }))
  }
  const instance = { device_owner: 'compute:nova', device_id: '0a0a0a0a-0000-4000-8000-00000000000a' }
  await admin.update('ports', ports[0]!.id, instance)
  const made = await create(member, 'floatingips', { floating_network_id: external!.id!, port_id: ports[0]!.id })
  await create(admin, 'networks', { name: 'theirs' })
  return String(made.floating_ip_address)
}

test('topology: a member sees the project drawn, without colours in a pipe', async () => {
  const { status, out, err } = await server.neutron(['topology'], { COLUMNS: '90' })
  assert.deepEqual([status, err], [0, ''])
  for (const fact of [
    /╔═ public .* external ═╗/,
    /─ edge ─.* router ─┐/,
    /─ web ─/,
    /10\.10\.1\.0\/24 +gateway 10\.10\.1\.1 +web4/,
  ]) {
    assert.match(out, fact)
  }
  assert.match(out, new RegExp(`web-1 +10\\.10\\.1\\.\\d+ +⇄ ${floating.replaceAll('.', '\\.')}`))
  assert.match(out, /○ db-1 +10\.10\.2\.\d+ +not plugged/)
  assert.match(out, /3 networks, 1 router.*, 1 instance.*, 1 other port, 1 floating IP, 1 security group/)
  assert.ok(out.endsWith('security group\n'))
  assert.ok(!out.includes('theirs') && !out.includes('\u001b'))
})

test("topology: an administrator sees his own project, and everybody's when asked", async () => {
  const cloud = { OS_CLOUD: 'neutrino-admin' }
  const own = await server.neutron(['topology'], cloud)
  assert.match(own.out, /theirs/)
  assert.doesNotMatch(own.out, /edge/)
  for (const flag of ['--all-tenants', '--all-projects']) {
    assert.match((await server.neutron(['topology', flag], cloud)).out, /edge[\s\S]*theirs/)
  }
})

test('topology: as many requests for much as for little', async () => {
  const requests = async () => {
    const { err } = await server.neutron(['--debug', 'topology'])
    return [...err.matchAll(/-X GET \S*\/v2\.0\/([a-z-]+)/g)].map(([, collection]) => collection).sort()
  }
  const few = await requests()
  await server.member.post('/v2.0/networks', {
    networks: Array.from({ length: 30 }, (_, index) => ({ name: `more-${index}` })),
  })
  assert.deepEqual(await requests(), few)
  assert.ok(few.length <= 9, few.join(' '))
  for (const network of await server.member.list('networks')) {
    if (String(network.name).startsWith('more-')) await server.member.remove('networks', String(network.id))
  }
})

test('topology: one network by name or id, with what it is joined to', async () => {
  const [web] = await server.member.list('networks', { name: 'web' })
  for (const name of ['web', String(web!.id)]) {
    const { status, out } = await server.neutron(['topology', '--network', name])
    assert.equal(status, 0)
    assert.match(out, /public[\s\S]*edge[\s\S]*web-1/)
    assert.doesNotMatch(out, /─ db ─/)
  }
})

test('topology: every form says the same of the same world', async () => {
  const json = await server.neutron(['topology', '-f', 'json'])
  const { nodes, links } = JSON.parse(json.out) as {
    nodes: Record<string, unknown>[]
    links: Record<string, unknown>[]
  }
  const names = nodes.map(({ kind, name }) => `${kind} ${name}`)
  assert.deepEqual(names, ['network db', 'network public', 'network web', 'router edge', 'port db-1', 'instance web-1'])
  assert.deepEqual(
    links.map(({ kind }) => kind),
    ['gateway', 'interface', 'interface', 'port', 'port'],
  )
  for (const [form, begin] of Object.entries({
    svg: /^<svg /,
    mermaid: /^flowchart TB\n/,
    dot: /^graph topology {\n/,
  })) {
    const { status, out } = await server.neutron(['topology', '-f', form])
    assert.equal(status, 0)
    assert.match(out, begin)
    for (const name of ['public', 'edge', 'web', 'db', 'web-1', floating])
      assert.ok(out.includes(name), `${form}: ${name}`)
  }
})

test('topology: into a file, which then is all there is', async () => {
  const file = join(server.folder, 'picture.svg')
  const { status, out, err } = await server.neutron(['topology', '-f', 'svg', '--output', file])
  assert.deepEqual([status, out, err], [0, '', ''])
  assert.match(readFileSync(file, 'utf8'), /^<svg [\s\S]*<\/svg>\n$/)
})

test('topology: ASCII where it is asked for, where the locale or the terminal has no more', async () => {
  const asked = await server.neutron(['topology', '--ascii'])
  assert.match(asked.out, /^#= public =[ -~\n]*$/)
  assert.equal((await server.neutron(['topology'], { LC_ALL: 'C' })).out, asked.out)
  assert.equal((await server.neutron(['topology'], { TERM: 'dumb' })).out, asked.out)
})

const REFUSALS: Readonly<Record<string, { words: readonly string[]; status: number; says: RegExp }>> = {
  'a form nobody knows': {
    words: ['-f', 'png'],
    status: 2,
    says: /argument -f\/--format: invalid choice: 'png' \(choose from 'text', 'svg', 'mermaid', 'dot', 'json'\)/,
  },
  'a network that is not there': {
    words: ['--network', 'web', '--network', 'nowhere'],
    status: 1,
    says: /^Unable to find network with name or id 'nowhere'\n$/,
  },
  'a file that cannot be written': {
    words: ['--output', '/proc/nowhere/picture'],
    status: 1,
    says: /^The drawing could not be written: ENOENT.*\/proc\/nowhere\/picture'\n$/,
  },
  'a disk that is full': {
    words: ['--output', '/dev/full'],
    status: 1,
    says: /^The drawing could not be written: ENOSPC/,
  },
}

for (const [title, { words, status, says }] of Object.entries(REFUSALS)) {
  test(`topology: ${title} is refused`, async () => {
    const outcome = await server.neutron(['topology', ...words])
    assert.deepEqual([outcome.status, outcome.out], [status, ''])
    assert.match(outcome.err, says)
  })
}

test('topology: a name that two networks have is not guessed', async () => {
  const second = await create(server.member, 'networks', { name: 'web' })
  const { status, err } = await server.neutron(['topology', '--network', 'web'])
  await server.member.remove('networks', second.id)
  assert.equal(status, 1)
  assert.match(err, /Multiple network matches found for name 'web', use an ID to be more specific\./)
})

test('topology: a server without routers is drawn without them, and it is said', async () => {
  await using plain = await neutronWorld('[DEFAULT]\nservice_plugins =\n')
  const empty = await plain.neutron(['topology'])
  await create(plain.member, 'networks', { name: 'blue' })
  const { status, out, err } = await plain.neutron(['topology'])
  assert.equal(status, 0)
  assert.match(empty.out, /Nothing here yet\. Begin with: neutron net-create NAME/)
  assert.match(out, /─ blue ─/)
  assert.deepEqual(err.trimEnd().split('\n').sort(), [
    'This server has no floatingips: they are left out.',
    'This server has no routers: they are left out.',
  ])
})

test('topology: as many shared networks as there are, those that are not used in one line', async () => {
  await server.admin.put(`/v2.0/quotas/${await server.admin.projectId()}`, { quota: { network: -1 } })
  const names = Array.from({ length: 120 }, (_, index) => `offered-${index}`)
  await server.admin.post('/v2.0/networks', { networks: names.map((name) => ({ name, shared: true })) })
  const { status, out } = await server.neutron(['topology'])
  assert.equal(status, 0)
  assert.match(out, /^not used: offered-0 \(no subnet, shared\); /m)
  assert.match(out, /^123 networks/m)
})
