import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseAgents } from './scheduler.ts'

const agent = (id: string, load: number) => ({ id, load })
const place = (network_id: string, dhcp_agent_id: string, binding_index: number) => ({
  network_id,
  dhcp_agent_id,
  binding_index,
})

const cases = {
  'the least loaded agent comes first, and its load is counted along': {
    networks: ['n1', 'n2', 'n3'],
    agents: [agent('a', 2), agent('b', 0)],
    present: [],
    perNetwork: 1,
    chosen: [place('n1', 'b', 1), place('n2', 'b', 1), place('n3', 'a', 1)],
  },
  'a network gets as many agents as it may have, never one twice': {
    networks: ['n'],
    agents: [agent('a', 0), agent('b', 1), agent('c', 2)],
    present: [place('n', 'a', 1)],
    perNetwork: 2,
    chosen: [place('n', 'b', 2)],
  },
  'a place that became free is filled': {
    networks: ['n'],
    agents: [agent('a', 0), agent('b', 1)],
    present: [place('n', 'b', 2)],
    perNetwork: 2,
    chosen: [place('n', 'a', 1)],
  },
  'a network that was given more agents by hand gets none': {
    networks: ['n'],
    agents: [agent('a', 0)],
    present: [place('n', 'b', 2), place('n', 'c', 3)],
    perNetwork: 1,
    chosen: [],
  },
}

for (const [title, { networks, agents, present, perNetwork, chosen }] of Object.entries(cases)) {
  test(`dhcp scheduling: ${title}`, () => {
    const byNetwork = Map.groupBy(present, ({ network_id }) => network_id)
    assert.deepEqual(chooseAgents(networks, agents, byNetwork, perNetwork), chosen)
  })
}
