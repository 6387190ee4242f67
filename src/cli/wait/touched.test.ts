import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '#cli/command.ts'
import type { Outline, Outlines } from '#cli/outline.ts'
import { touchedBy, watched } from './touched.ts'

function outline(name: string, path: string, actions: string[] = []): Outline {
  return {
    name,
    collection: `${name}s`,
    body: name,
    path,
    parent: path.includes('{parent}') ? 'floatingip' : null,
    key: 'id',
    methods: ['list'],
    owned: true,
    attributes: {},
    actions: actions.map((action) => ({ name: action, help: '' })),
  }
}
const OUTLINES: Outlines = {
  port: outline('port', '/ports'),
  router: outline('router', '/routers', ['add_router_interface', 'add_extraroutes']),
  forwarding: outline('forwarding', '/floatingips/{parent}/port_forwardings'),
}
const short = (...words: Parameters<typeof touchedBy>) => {
  const touched = touchedBy(...words)
  return touched && `${touched.gone ? 'gone ' : ''}${touched.resource} ${touched.path}`
}

test('touched: what is made is found by the id in the answer', () => {
  assert.equal(short('POST', '/ports', { port: { id: 'p' } }, OUTLINES), 'port /ports/p')
  assert.equal(
    short('POST', '/floatingips/f/port_forwardings', { forwarding: { id: 'x' } }, OUTLINES),
    'forwarding /floatingips/f/port_forwardings/x',
  )
})

test('touched: what is changed or deleted is found in the path', () => {
  assert.equal(short('PUT', '/ports/p', {}, OUTLINES), 'port /ports/p')
  assert.equal(short('DELETE', '/ports/p', null, OUTLINES), 'gone port /ports/p')
})

test('touched: an action is about its object, a new interface about its port', () => {
  assert.equal(short('PUT', '/routers/r/add_extraroutes', {}, OUTLINES), 'router /routers/r')
  assert.equal(short('PUT', '/routers/r/add_router_interface', { port_id: 'p' }, OUTLINES), 'port /ports/p')
})

test('touched: lists, several at once and what nobody defines are about nothing', () => {
  assert.equal(short('GET', '/ports', { ports: [] }, OUTLINES), null)
  assert.equal(short('POST', '/ports', { ports: [] }, OUTLINES), null)
  assert.equal(short('PUT', '/routers/r/else', {}, OUTLINES), null)
  assert.equal(short('PUT', '/elsewhere/e', {}, OUTLINES), null)
})

test('touched: changes count before what was only looked at', async () => {
  const answer = { status: 200, headers: {}, body: { port: { id: 'p' } } }
  const client: Client = {
    request: async () => answer,
    list: async () => [],
    session: async () => null,
    endpoint: async () => '',
  }
  const seen = watched(client, OUTLINES)
  await seen.client.request('GET', '/ports/a')
  assert.deepEqual(
    seen.touched().map(({ id }) => id),
    ['a'],
  )
  await seen.client.request('PUT', '/ports/b')
  await seen.client.request('DELETE', '/ports/c')
  assert.deepEqual(
    seen.touched().map(({ id }) => id),
    ['b', 'c'],
  )
})
