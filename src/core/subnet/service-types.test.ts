import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayServe, subnetsFor, toServiceTypes } from './service-types.ts'

const subnet = (id: string, service_types: readonly string[] = [], enable_dhcp = true) => ({
  id,
  service_types,
  enable_dhcp,
})

test('service types: subnets meant for an owner come first, those meant for others not at all', () => {
  const all = [subnet('open'), subnet('gateways', ['network:router_gateway']), subnet('vms', ['compute:nova', 'x:y'])]
  const ids = (owner: string) => subnetsFor(all, owner).map(({ id }) => id)
  assert.deepEqual(ids('compute:nova'), ['vms', 'open'])
  assert.deepEqual(ids('network:router_gateway'), ['gateways', 'open'])
  assert.deepEqual(ids(''), ['open'])
})

test('service types: a DHCP server has an address wherever there is DHCP', () => {
  assert.equal(mayServe(subnet('a', ['compute:nova']), 'network:dhcp'), true)
  assert.equal(mayServe(subnet('a', ['compute:nova'], false), 'network:dhcp'), false)
})

test('service types: what is no device owner is refused, what is empty means any', () => {
  for (const empty of [null, '', 0, false, [], {}]) assert.deepEqual(toServiceTypes(empty), [])
  assert.deepEqual(toServiceTypes(['network:dhcp', 'compute:', 'network:dhcp']), ['network:dhcp', 'compute:'])
  const type = (value: Parameters<typeof toServiceTypes>[0]) => {
    try {
      toServiceTypes(value)
    } catch (error) {
      return (error as Error).name
    }
    return null
  }
  assert.equal(type('network:dhcp'), 'HTTPBadRequest')
  assert.equal(type([5]), 'InvalidInputSubnetServiceType')
  assert.equal(type(['foo']), 'InvalidSubnetServiceType')
  assert.equal(type([`network:${'x'.repeat(255)}`]), 'InvalidSubnetServiceType')
})
