import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrange } from './arrange.ts'
import * as example from './example.ts'
import { graphOf } from './graph.ts'

const named = (items: readonly { readonly label: string }[]) => items.map(({ label }) => label)

test('graph: names that several have get the beginning of their ids, and so does what has none', () => {
  const { networks, routers } = graphOf(example.strangeWorld())
  assert.deepEqual(named(networks), [
    '4e000005',
    'blue (4e000003)',
    'blue (4e000004)',
    'north',
    'south',
    '網路"][<b>&名前',
  ])
  assert.deepEqual(named(routers), ['70000063', 'idle', 'left (70000001)', 'left (70000003)', 'right'])
})

test('graph: an instance is called as its port, and one without a name as its other port or its id', () => {
  const typical = graphOf(example.typicalWorld())
  const db = typical.networks.find(({ label }) => label === 'db')!
  assert.deepEqual(named(db.ports), ['db-1', 'jump', 'virtual-address'])
  assert.deepEqual(db.ports[1]!.alsoOn, ['web'])
  const strange = graphOf(example.strangeWorld())
  assert.ok(named(strange.networks.at(-1)!.ports).includes('de00001f'))
})

test('graph: control characters of a name reach no terminal', () => {
  const { networks } = graphOf({ ...example.EMPTY_WORLD, networks: [example.network(1, 'a\u001b[2J\u202eb\nc')] })
  assert.equal(networks[0]!.label, 'a\ufffd[2J\ufffdb\ufffdc')
})

test("graph: marks say what is wrong, and a port that is nobody's is not down but unplugged", () => {
  const port = (more: object) => example.port(1, 1, ['10.0.0.5'], more)
  const markOf = (more: object) =>
    graphOf({ ...example.EMPTY_WORLD, networks: [example.network(1, 'n')], ports: [port(more)] }).networks[0]!.ports[0]!
      .mark
  assert.equal(markOf({}), 'active')
  assert.equal(markOf({ status: 'BUILD' }), 'build')
  assert.equal(markOf({ status: 'DOWN' }), 'down')
  assert.equal(markOf({ status: 'DOWN', device_id: '', device_owner: '' }), 'unplugged')
  assert.equal(markOf({ status: 'ACTIVE', admin_state_up: false }), 'disabled')
  assert.equal(markOf({ status: 'SOMETHING' }), 'unknown')
})

test('graph: routers and networks of others that only ports or gateways tell of are there', () => {
  const { networks, routers, links } = graphOf({
    ...example.EMPTY_WORLD,
    networks: [example.network(2, 'mine')],
    routers: [example.router(1, 'edge', { external_gateway_info: example.gateway(9, '203.0.113.9') })],
    ports: [example.leg(3, 8, 2, ['10.0.0.1'])],
  })
  assert.deepEqual(named(networks), ['4e000009', 'mine'])
  assert.equal(networks[0]!.external, true)
  assert.deepEqual(
    routers.map(({ label, foreign }) => [label, foreign]),
    [
      ['70000008', true],
      ['edge', false],
    ],
  )
  assert.deepEqual(
    links.map(({ kind, addresses }) => [kind, ...addresses]),
    [
      ['gateway', '203.0.113.9'],
      ['interface', '10.0.0.1'],
    ],
  )
})

test('graph: floating IPs are with their port, or free on their network', () => {
  const { networks } = graphOf(example.typicalWorld())
  const byLabel = new Map(networks.map((network) => [network.label, network]))
  const web1 = byLabel.get('web')!.ports.find(({ label }) => label === 'web-1')!
  assert.deepEqual(
    web1.floatingIps.map(({ address }) => address),
    ['203.0.113.77'],
  )
  assert.deepEqual(
    byLabel.get('public')!.freeFloatingIps.map(({ address }) => address),
    ['203.0.113.78'],
  )
})

test('arrangement: external networks on top, their routers below, each network drawn once', () => {
  const { trunks, apart } = arrange(graphOf(example.strangeWorld()))
  const drawn = trunks.map(({ network, branches }) => ({
    on: network?.label ?? null,
    routers: branches.map(({ router, leaves }) => [
      router.label,
      ...leaves.map(({ network, drawn }) => `${drawn ? '' : 'again '}${network.label}`),
    ]),
  }))
  assert.deepEqual(drawn, [
    {
      on: 'north',
      routers: [
        ['left (70000001)', 'blue (4e000003)', 'blue (4e000004)'],
        ['right', 'again blue (4e000003)', 'again blue (4e000004)'],
      ],
    },
    { on: 'south', routers: [] },
    {
      on: null,
      routers: [['70000063', '網路"][<b>&名前'], ['idle'], ['left (70000003)', '4e000005', 'again blue (4e000003)']],
    },
  ])
  assert.deepEqual(apart, [])
})

test('arrangement: a network without a router stands apart, one of others that is not used is only named', () => {
  const { trunks, apart, unused } = arrange(
    graphOf({
      ...example.EMPTY_WORLD,
      networks: [example.network(1, 'mine'), example.network(2, 'shared', { shared: true, project_id: 'admin' })],
    }),
  )
  assert.deepEqual([trunks, named(apart), named(unused)], [[], ['mine'], ['shared']])
})
