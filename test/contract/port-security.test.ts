/** Port security and allowed address pairs on every database: who sets them, with what, and what L2 agents are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject } from '#base/json.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud, type TestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const REQUIRED = 'Port Security must be enabled in order to have allowed address pairs on a port.'
const GROUPS_REQUIRE = 'Port security must be enabled and port must have an IP address in order to use security groups.'
const HAS_GROUP =
  'Port has security group associated. Cannot disable port security or IP address until security group is removed.'

async function create(api: TestApi, resource: string, item: object, token = 'alice') {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function update(api: TestApi, id: string, port: object, token = 'alice') {
  const answer = await api.call(token, 'PUT', `/v2.0/ports/${id}`, { port })
  assert.equal(answer.status, 200, answer.text)
  return answer.body.port
}

async function networkWithSubnet(api: TestApi, more: object = {}, token = 'alice') {
  const network = await create(api, 'network', { name: 'n', ...more }, token)
  await create(api, 'subnet', { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 }, token)
  return network
}

/** Waits until an agent is told what fulfils that. */
async function hears(api: TestCloud, method: string, is: (args: JsonObject) => boolean): Promise<void> {
  while (!(await api.told(method)).some(({ args }) => is(args)));
}

forEachDatabase((_name, openFresh) => {
  test('a port has the port security of its network unless it says otherwise; ports of the network have none', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const on = await networkWithSubnet(api)
    const off = await networkWithSubnet(api, { port_security_enabled: false })
    assert.deepEqual([on.port_security_enabled, off.port_security_enabled], [true, false])
    const sent = [{}, { port_security_enabled: false }, { network_id: off.id }]
    const more = { network_id: off.id, port_security_enabled: 'true' }
    const ports = [...sent, more].map((each) => ({ network_id: on.id, ...each }))
    const made = (await api.call('alice', 'POST', '/v2.0/ports', { ports })).body.ports
    assert.deepEqual(
      made.map((port: { port_security_enabled: boolean; security_groups: string[] }) => [
        port.port_security_enabled,
        port.security_groups.length,
      ]),
      [
        [true, 1],
        [false, 0],
        [false, 0],
        [true, 1],
      ],
    )
    const owned = { network_id: on.id, device_owner: 'network:dhcp', port_security_enabled: true }
    assert.equal((await create(api, 'port', owned, 'admin')).port_security_enabled, false)

    await api.call('alice', 'PUT', `/v2.0/networks/${off.id}`, { network: { port_security_enabled: true } })
    assert.equal((await create(api, 'port', { network_id: off.id })).port_security_enabled, true)
    const { body } = await api.call('alice', 'GET', `/v2.0/ports/${made[2].id}`)
    assert.equal(body.port.port_security_enabled, false)
    refused(await api.call('alice', 'GET', '/v2.0/ports?port_security_enabled=true'), 400, 'HTTPBadRequest')
  })

  test('groups need port security: neither is given without the other being asked for', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await networkWithSubnet(api)
    const web = await create(api, 'security_group', { name: 'web' })
    const both = { network_id, port_security_enabled: false, security_groups: [web.id] }
    const type = 'PortSecurityAndIPRequiredForSecurityGroups'
    refused(await api.call('alice', 'POST', '/v2.0/ports', { port: both }), 400, type, GROUPS_REQUIRE)

    const port = await create(api, 'port', { network_id, security_groups: [web.id] })
    const path = `/v2.0/ports/${port.id}`
    const off = { port: { port_security_enabled: false } }
    refused(await api.call('alice', 'PUT', path, off), 409, 'PortSecurityPortHasSecurityGroup', HAS_GROUP)
    const kept = { port: { port_security_enabled: false, security_groups: [web.id] } }
    refused(await api.call('alice', 'PUT', path, kept), 400, type, GROUPS_REQUIRE)

    const bare = await update(api, port.id, { port_security_enabled: false, security_groups: [] })
    assert.deepEqual([bare.port_security_enabled, bare.security_groups], [false, []])
    assert.equal((await update(api, port.id, { name: 'still' })).name, 'still')
    refused(await api.call('alice', 'PUT', path, { port: { security_groups: [web.id] } }), 400, type, GROUPS_REQUIRE)
    // Port security alone brings no group back.
    assert.deepEqual((await update(api, port.id, { port_security_enabled: true })).security_groups, [])
    assert.deepEqual((await update(api, port.id, { security_groups: [web.id] })).security_groups, [web.id])
  })

  test("pairs are shown as sent, with the port's MAC where none was; they need port security", async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await networkWithSubnet(api)
    const plain = await create(api, 'port', { network_id })
    assert.deepEqual(plain.allowed_address_pairs, [])
    const allowed_address_pairs = [
      { ip_address: '10.0.0.200' },
      { ip_address: '10.1.0.7/16', mac_address: 'AA-BB-CC-00-00-01' },
      { ip_address: 'FD00::/64' },
    ]
    const port = await create(api, 'port', { network_id, allowed_address_pairs })
    const complete = allowed_address_pairs.map((pair) => ({ mac_address: port.mac_address, ...pair }))
    assert.deepEqual(port.allowed_address_pairs, complete)
    // Already so: nothing changes.
    const again = await update(api, port.id, { allowed_address_pairs })
    assert.deepEqual([again.allowed_address_pairs, again.revision_number], [complete, port.revision_number])
    const moved = { mac_address: 'fa:16:3e:00:00:77', allowed_address_pairs: [{ ip_address: '10.0.0.201' }] }
    const after = await update(api, port.id, moved, 'admin')
    assert.deepEqual(after.allowed_address_pairs, [{ ip_address: '10.0.0.201', mac_address: 'fa:16:3e:00:00:77' }])

    const path = `/v2.0/ports/${port.id}`
    const type = 'AddressPairAndPortSecurityRequired'
    const off = { port_security_enabled: false, security_groups: [] }
    refused(await api.call('alice', 'PUT', path, { port: off }), 409, type, REQUIRED)
    const insecure = { network_id, port_security_enabled: false, allowed_address_pairs }
    refused(await api.call('alice', 'POST', '/v2.0/ports', { port: insecure }), 409, type, REQUIRED)
    const bare = await update(api, port.id, { ...off, allowed_address_pairs: null })
    assert.deepEqual(bare.allowed_address_pairs, [])
    refused(await api.call('alice', 'PUT', path, { port: { allowed_address_pairs } }), 409, type, REQUIRED)
  })

  test('a pair that is none is refused in the words of the validator', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, { DEFAULT: { max_allowed_address_pair: '3' } })
    const { id: network_id } = await networkWithSubnet(api)
    const { id, mac_address } = await create(api, 'port', { network_id })
    const ip_address = '10.0.0.9'
    const bad = 'HTTPBadRequest'
    const twice = 'DuplicateAddressPairInRequest'
    const wrong: [pairs: unknown, type: string, message: string][] = [
      [{ ip_address }, bad, 'Allowed address pairs must be a list.'],
      [['x'], bad, "Invalid input for allowed_address_pairs. Reason: 'x' is not a dictionary."],
      [[{ mac_address }], 'AllowedAddressPairsMissingIP', 'AllowedAddressPair must contain ip_address'],
      [[{ ip_address, mac_address: 'x' }], bad, "'x' is not a valid MAC address"],
      [[{ ip_address, mac_address: null }], bad, "'None' is not a valid MAC address"],
      [[{ ip_address: 'x' }], bad, "'x' is not a valid IP address"],
      [[{ ip_address: '10.0.0.0/33' }], bad, "'10.0.0.0/33' is not a valid IP subnet"],
      [
        [{ ip_address: '10.0.0.1/024' }],
        bad,
        "'10.0.0.1/024' isn't a recognized IP subnet cidr, '10.0.0.0/24' is recommended",
      ],
      [[{ ip_address, colour: 'red' }], bad, "Unrecognized attribute(s) 'colour'"],
      [
        [{ ip_address }, { ip_address }],
        twice,
        'Request contains duplicate address pair: mac_address None ip_address 10.0.0.9.',
      ],
      [
        [{ ip_address }, { ip_address, mac_address }],
        twice,
        `Request contains duplicate address pair: mac_address ${mac_address} ip_address 10.0.0.9.`,
      ],
      [
        [1, 2, 3, 4].map((n) => ({ ip_address: `10.0.0.${n}` })),
        'AllowedAddressPairExhausted',
        'The number of allowed address pair exceeds the maximum 3.',
      ],
    ]
    for (const [allowed_address_pairs, type, message] of wrong) {
      const answer = await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { allowed_address_pairs } })
      refused(answer, 400, type, message)
    }
    const shown = await api.call('alice', 'GET', `/v2.0/ports/${id}?fields=allowed_address_pairs`)
    assert.deepEqual(shown.body.port, { allowed_address_pairs: [] })
  })

  test('on a shared network only its owner and administrators set them', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await networkWithSubnet(api, { shared: true }, 'admin')
    const { id } = await create(api, 'port', { network_id })
    const wanted = [{ port_security_enabled: false }, { allowed_address_pairs: [{ ip_address: '10.0.0.9' }] }]
    for (const values of wanted) {
      const made = await api.call('alice', 'POST', '/v2.0/ports', { port: { network_id, ...values } })
      refused(made, 403, 'PolicyNotAuthorized')
      refused(await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: values }), 403, 'PolicyNotAuthorized')
    }
    await update(api, id, wanted[1]!, 'admin')
    await update(api, id, { port_security_enabled: false, security_groups: [], allowed_address_pairs: [] }, 'admin')
  })

  test('L2 agents read both of a port and its pairs as members, and hear of a change', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const host = 'h'
    await api.report('Open vSwitch agent', host, {
      tunneling_ip: '192.0.2.1',
      tunnel_types: ['vxlan', 'gre', 'geneve'],
    })
    const { id: network_id } = await networkWithSubnet(api)
    const web = await create(api, 'security_group', { name: 'web' })
    await create(api, 'security_group_rule', {
      security_group_id: web.id,
      direction: 'ingress',
      remote_group_id: web.id,
    })
    const bound = { network_id, project_id: 'a', 'binding:host_id': host }
    const port = await create(api, 'port', { ...bound, security_groups: [web.id] }, 'admin')
    const open = await create(api, 'port', { ...bound, port_security_enabled: false }, 'admin')
    await api.listen('q-agent-notifier-port-update', host)
    await api.listen('q-agent-notifier-security_group-update', host)
    await update(api, port.id, { allowed_address_pairs: [{ ip_address: '10.9.0.0/24' }, { ip_address: 'fd00::9' }] })

    const pairs = ['10.9.0.0/24', 'fd00::9'].map((ip_address) => ({ ip_address, mac_address: port.mac_address }))
    await hears(api, 'port_update', ({ port: told }) => {
      const { id, allowed_address_pairs } = told as JsonObject
      return id === port.id && isDeepStrictEqual(allowed_address_pairs, pairs)
    })
    const ofWeb = (args: JsonObject) => isDeepStrictEqual(args.security_groups, [web.id])
    await hears(api, 'security_groups_member_updated', ofWeb)

    const devices = [port.id, open.id]
    const details = await api.rpc('get_devices_details_list', { devices, host, agent_id: 'x' })
    const told = (one: { port_security_enabled: boolean; allowed_address_pairs: unknown }) => [
      one.port_security_enabled,
      one.allowed_address_pairs,
    ]
    const expected = [
      [true, pairs],
      [false, []],
    ]
    assert.deepEqual(details.map(told), expected)
    const info = await api.rpc('security_group_info_for_devices', { devices, call_version: '1.3' })
    assert.deepEqual(
      devices.map((id) => told(info.devices[id])),
      expected,
    )
    const [{ ip_address }] = port.fixed_ips
    assert.deepEqual(info.sg_member_ips[web.id], {
      IPv4: [
        [ip_address, port.mac_address],
        ['10.9.0.0/24', port.mac_address],
      ],
      IPv6: [['fd00::9', port.mac_address]],
    })
    await update(api, port.id, { allowed_address_pairs: [] })
    await hears(api, 'security_groups_member_updated', ofWeb)
  })
})
