import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providersOf, ROUTER_PROVIDER, serviceTypes } from './providers.ts'

const names = (...written: readonly string[]) => providersOf(written, [ROUTER_PROVIDER]).map(({ name }) => name)

test('providers: those written come first, a built-in one goes where it is written over', () => {
  assert.deepEqual(names(), ['single_node'])
  assert.deepEqual(names('VPN:Strongswan:a.driver:default'), ['strongswan', 'single_node'])
  const { driver } = ROUTER_PROVIDER
  assert.deepEqual(providersOf([`L3_ROUTER_NAT:mine:${driver}:default`], [ROUTER_PROVIDER]), [
    { service_type: 'L3_ROUTER_NAT', name: 'mine', driver, default: true },
  ])
})

test('providers: what contradicts itself or names what is not there stops the server', () => {
  assert.throws(() => names('VPN:a'), /Invalid service provider format/)
  assert.throws(() => names('VPN:a:d:maybe'), /Last part should be 'default' or empty: VPN:a:d:maybe/)
  assert.throws(() => names('VPN:a:d', 'VPN:b:d'), /Driver d is not unique across providers/)
  assert.throws(() => names('VPN:a:d', 'VPN:A:e'), /Multiple providers specified for service VPN/)
  assert.throws(() => names('VPN:a:d:default', 'VPN:b:e:default'), /Multiple default providers for service VPN/)
  assert.throws(() => names('L3_ROUTER_NAT:x:a.driver'), /there is no driver a\.driver for L3_ROUTER_NAT/)
  assert.throws(() => names(`VPN:${'x'.repeat(256)}:d`), /is limited by 255 characters/)
})

test('service types are those of what is loaded', () => {
  assert.deepEqual([...serviceTypes(new Set(['router', 'unknown']))], ['CORE', 'L3_ROUTER_NAT'])
})
