import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { stageOf } from './stage.ts'

const cases: Record<string, { resource?: string; object: JsonObject; state: string; text: string }> = {
  'active is reached': { object: { status: 'ACTIVE' }, state: 'reached', text: 'ACTIVE' },
  'no status is reached': { resource: 'subnet', object: { id: '1' }, state: 'reached', text: 'there' },
  'a port that is down waits': { object: { status: 'DOWN' }, state: 'waiting', text: 'DOWN' },
  'a port says that it has no host': {
    object: { status: 'DOWN', 'binding:host_id': '', 'binding:vif_type': 'unbound' },
    state: 'waiting',
    text: 'DOWN (not bound to a host)',
  },
  'a port says its host': {
    object: { status: 'BUILD', 'binding:host_id': 'c1', 'binding:vif_type': 'ovs' },
    state: 'waiting',
    text: 'BUILD (on c1)',
  },
  'a binding that failed is a failure': {
    object: { status: 'DOWN', 'binding:host_id': 'c1', 'binding:vif_type': 'binding_failed' },
    state: 'failed',
    text: 'DOWN (binding failed)',
  },
  'what shall be down is reached when it is': {
    object: { status: 'DOWN', admin_state_up: false },
    state: 'reached',
    text: 'DOWN (administratively down)',
  },
  'an error is a failure': { resource: 'router', object: { status: 'ERROR' }, state: 'failed', text: 'ERROR' },
  'a floating IP nobody has is down for good': {
    resource: 'floatingip',
    object: { status: 'DOWN', port_id: null },
    state: 'reached',
    text: 'DOWN (not associated)',
  },
  'a floating IP somebody has waits': {
    resource: 'floatingip',
    object: { status: 'DOWN', port_id: 'p' },
    state: 'waiting',
    text: 'DOWN',
  },
  'a load balancer goes by its provisioning': {
    resource: 'loadbalancer',
    object: { provisioning_status: 'PENDING_CREATE', operating_status: 'ONLINE' },
    state: 'waiting',
    text: 'PENDING_CREATE',
  },
}
for (const [title, { resource = 'port', object, state, text }] of Object.entries(cases)) {
  test(`stage: ${title}`, () => assert.deepEqual(stageOf(resource, object), { state, text }))
}
