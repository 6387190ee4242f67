import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseAgents, type Strategy, strategyOf } from './choice.ts'

const agent = (id: string, load: number, zone = 'z') => ({ id, load, zone })
const network = (id: string, ...hints: readonly string[]) => ({ id, hints })
const place = (network_id: string, dhcp_agent_id: string, binding_index: number) => ({
  network_id,
  dhcp_agent_id,
  binding_index,
})

const cases = {
  'the least loaded agent comes first, and its load is counted along': {
    networks: [network('n1'), network('n2'), network('n3')],
    agents: [agent('a', 2), agent('b', 0)],
    present: [],
    perNetwork: 1,
    chosen: [place('n1', 'b', 1), place('n2', 'b', 1), place('n3', 'a', 1)],
  },
  'a network gets as many agents as it may have, never one twice': {
    networks: [network('n')],
    agents: [agent('a', 0), agent('b', 1), agent('c', 2)],
    present: [place('n', 'a', 1)],
    perNetwork: 2,
    chosen: [place('n', 'b', 2)],
  },
  'a place that became free is filled': {
    networks: [network('n')],
    agents: [agent('a', 0), agent('b', 1)],
    present: [place('n', 'b', 2)],
    perNetwork: 2,
    chosen: [place('n', 'a', 1)],
  },
  'a network that was given more agents by hand gets none': {
    networks: [network('n')],
    agents: [agent('a', 0)],
    present: [place('n', 'b', 2), place('n', 'c', 3)],
    perNetwork: 1,
    chosen: [],
  },
  'a network that is wanted in a zone goes nowhere else': {
    networks: [network('n1', 'y'), network('n2', 'x')],
    agents: [agent('a', 0, 'z'), agent('b', 5, 'y')],
    present: [],
    perNetwork: 2,
    chosen: [place('n1', 'b', 1)],
  },
}

const choose = (
  {
    networks,
    agents,
    present,
    perNetwork,
  }: Pick<(typeof cases)[keyof typeof cases], 'networks' | 'agents' | 'present' | 'perNetwork'>,
  strategy: Strategy,
) =>
  chooseAgents(networks, agents, {
    present: Map.groupBy(present, ({ network_id }) => network_id),
    zones: new Map(agents.map(({ id, zone }) => [id, zone])),
    perNetwork,
    strategy,
  })

for (const [title, given] of Object.entries(cases)) {
  test(`dhcp scheduling: ${title}`, () => assert.deepEqual(choose(given, 'weight'), given.chosen))
}

test('dhcp scheduling: a routed network is served on each of its segments, by agents that are there', () => {
  const agents = [agent('a', 0), agent('b', 1), agent('c', 2)]
  const areas = [new Set(['a', 'b']), new Set(['c']), new Set<string>()]
  const routed = (present: ReturnType<typeof place>[], perNetwork: number) =>
    chooseAgents([{ id: 'n', hints: [], areas }], agents, {
      present: new Map([['n', present]]),
      zones: new Map(),
      perNetwork,
      strategy: 'weight',
    })
  assert.deepEqual(routed([], 1), [place('n', 'a', 1), place('n', 'c', 2)])
  assert.deepEqual(routed([place('n', 'b', 1)], 1), [place('n', 'c', 2)])
  assert.deepEqual(routed([place('n', 'b', 1)], 2), [place('n', 'a', 2), place('n', 'c', 3)])
  assert.deepEqual(routed([place('n', 'b', 1), place('n', 'c', 2)], 1), [])
})

test('dhcp scheduling: with an eye on zones, the one with the fewest comes first, then the least loaded in it', () => {
  const agents = [agent('a', 0, 'y'), agent('b', 1, 'y'), agent('c', 9, 'z'), agent('d', 8, 'z')]
  const ids = (present: readonly ReturnType<typeof place>[], perNetwork: number) =>
    choose({ networks: [network('n')], agents, present: [...present], perNetwork }, 'zones').map(
      ({ dhcp_agent_id }) => dhcp_agent_id,
    )
  assert.deepEqual(ids([], 3), ['a', 'd', 'b'])
  assert.deepEqual(ids([place('n', 'a', 1)], 2), ['d'])
  assert.deepEqual(ids([], 1), ['a'])
})

test('dhcp scheduling: by chance any agent may serve, never one twice', () => {
  const agents = [agent('a', 0), agent('b', 100), agent('c', 3)]
  const chosen = choose({ networks: [network('n')], agents, present: [], perNetwork: 3 }, 'chance')
  assert.deepEqual(chosen.map(({ dhcp_agent_id }) => dhcp_agent_id).sort(), ['a', 'b', 'c'])
})

test('dhcp scheduling: drivers are named as upstream names them', () => {
  const named = (name: string) => strategyOf(`neutron.scheduler.dhcp_agent_scheduler.${name}`)
  assert.deepEqual(['WeightScheduler', 'AZAwareWeightScheduler', 'ChanceScheduler'].map(named), [
    'weight',
    'zones',
    'chance',
  ])
})
