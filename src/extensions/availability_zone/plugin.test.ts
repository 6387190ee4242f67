import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zonesOf } from './plugin.ts'

const agent = (agent_type: string, availability_zone: string | null, admin_state_up = true) => ({
  agent_type,
  availability_zone,
  admin_state_up,
})

test('availability zones: one for each resource, available while one agent is on; other agents make none', () => {
  const rows = [
    agent('DHCP agent', 'b', false),
    agent('DHCP agent', 'a', false),
    agent('DHCP agent', 'a'),
    agent('DHCP agent', 'a', false),
    agent('L3 agent', 'a'),
    agent('L3 agent', null),
    agent('Metadata agent', 'c'),
  ]
  assert.deepEqual(zonesOf(rows), [
    { name: 'a', resource: 'network', state: 'available' },
    { name: 'a', resource: 'router', state: 'available' },
    { name: 'b', resource: 'network', state: 'unavailable' },
  ])
})
