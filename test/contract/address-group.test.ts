/** Address groups on every database: their addresses, the rules about them, and what L2 agents are told of both. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '#base/json.ts'
import { securityGroupUpdate } from '#rpc/contract/l2.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/address-groups'
const RULES = '/v2.0/security-group-rules'

async function create(api: TestApi, collection: string, item: object, token = 'alice') {
  const key = collection.replaceAll('-', '_').slice(0, -1)
  const answer = await api.call(token, 'POST', `/v2.0/${collection}`, { [key]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[key]
}

forEachDatabase((_name, openFresh) => {
  test('addresses are kept without host bits, each once, and come and go by actions', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const sent = ['10.10.10.3/32', '192.168.0.10/24', '2001:DB8::f00/64', '192.168.0.0/24']
    const group = await create(api, 'address-groups', { name: 'office', addresses: sent })
    const kept = ['10.10.10.3/32', '192.168.0.0/24', '2001:db8::/64']
    assert.deepEqual([group.addresses, group.project_id, group.tenant_id], [kept, 'a', 'a'])
    assert.deepEqual((await create(api, 'address-groups', {})).addresses, [])
    assert.deepEqual((await create(api, 'address-groups', { addresses: null })).addresses, [])

    const path = `${PATH}/${group.id}`
    const add = (addresses: unknown, token = 'alice') => api.call(token, 'PUT', `${path}/add_addresses`, { addresses })
    const remove = (addresses: unknown) => api.call('alice', 'PUT', `${path}/remove_addresses`, { addresses })
    const added = await add(['10.20.30.40', '10.20.30.40/32', 'fd00::1'])
    assert.equal(added.status, 200, added.text)
    const { addresses, revision_number } = added.body.address_group
    assert.deepEqual(addresses, [...kept, '10.20.30.40/32', 'fd00::1/128'])
    assert.equal(revision_number, group.revision_number + 1)
    const shown = (await api.call('alice', 'GET', path)).body.address_group
    assert.deepEqual(added.body.address_group, shown)

    const already = `Addresses ['192.168.0.0/24'] already exist in the address group ${group.id}.`
    refused(await add(['192.168.0.77/24', '1.1.1.1']), 400, 'AddressesAlreadyExist', already)
    const missing = `Addresses ['10.200.200.200/32'] not found in the address group ${group.id}.`
    refused(await remove(['10.200.200.200', 'fd00::1']), 404, 'AddressesNotFound', missing)
    refused(await add(['bad']), 400, 'AddrFormatError', 'invalid IPNetwork bad')
    refused(await remove(['10.0.0.0/33']), 400, 'AddrFormatError')
    refused(await add('10.0.0.0/8'), 400, 'HTTPBadRequest')
    refused(await api.call('alice', 'PUT', `${path}/add_addresses`, {}), 400, 'HTTPBadRequest')
    assert.deepEqual((await api.call('alice', 'GET', path)).body.address_group, shown)

    const removed = await remove(['10.10.10.3', 'fd00::1', '10.20.30.40/32'])
    assert.deepEqual(removed.body.address_group.addresses, kept.slice(1))
    const renamed = await api.call('alice', 'PUT', path, { address_group: { name: 'x', description: 'y' } })
    assert.deepEqual([renamed.body.address_group.name, renamed.body.address_group.addresses], ['x', kept.slice(1)])
    refused(
      await api.call('alice', 'PUT', path, { address_group: { addresses: [] } }),
      400,
      'HTTPBadRequest',
      'Cannot update read-only attribute addresses',
    )
    const bad = (addresses: unknown) => api.call('alice', 'POST', PATH, { address_group: { addresses } })
    const why = (text: string) => `Invalid input for addresses. Reason: ${text}.`
    const bare = "'10.20.30.40' isn't a recognized IP subnet cidr, '10.20.30.40/32' is recommended"
    refused(await bad(['10.20.30.40']), 400, 'HTTPBadRequest', why(bare))
    refused(await bad(['x']), 400, 'HTTPBadRequest', why("'x' is not a valid IP subnet"))
    refused(await bad(['::/0', '::/0']), 400, 'HTTPBadRequest', why("Duplicate items in the list: '::/0'"))
    refused(await bad('10.0.0.0/8'), 400, 'HTTPBadRequest', why("'10.0.0.0/8' is not a list"))
  })

  test('a group is its project’s: others do not find it, readers do not change it, all add at once', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id } = await create(api, 'address-groups', { name: 'g' })
    const path = `${PATH}/${id}`
    refused(await api.call('bob', 'GET', path), 404, 'AddressGroupNotFound', `Address group ${id} could not be found.`)
    refused(await api.call('bob', 'DELETE', path), 404, 'AddressGroupNotFound')
    const one = { addresses: ['10.0.0.1'] }
    refused(await api.call('bob', 'PUT', `${path}/add_addresses`, one), 404, 'AddressGroupNotFound')
    assert.deepEqual((await api.call('bob', 'GET', PATH)).body.address_groups, [])
    assert.equal((await api.call('reader', 'GET', path)).status, 200)
    refused(await api.call('reader', 'PUT', `${path}/add_addresses`, one), 403, 'PolicyNotAuthorized')
    refused(await api.call('reader', 'PUT', path, { address_group: { name: 'x' } }), 403, 'PolicyNotAuthorized')
    refused(await api.call('reader', 'POST', PATH, { address_group: {} }), 403, 'PolicyNotAuthorized')
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        api.call('alice', 'PUT', `${path}/add_addresses`, {
          addresses: [`10.1.0.${n}`, '10.9.9.9'].slice(0, 1 + (n % 2)),
        }),
      ),
    )
    const ok = answers.filter(({ status }) => status === 200).length
    assert.equal(ok, 5, 'of the four that add one and the same address, one succeeds')
    const { addresses } = (await api.call('alice', 'GET', path)).body.address_group
    assert.equal(addresses.length, 6)
    assert.equal((await api.call('alice', 'DELETE', path)).status, 204)
    refused(await api.call('alice', 'GET', path), 404, 'AddressGroupNotFound')
  })

  test('a rule may be about an address group one may see, which then cannot be deleted', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const group = await create(api, 'address-groups', { name: 'g', addresses: ['10.0.0.0/8'] })
    const foreign = await create(api, 'address-groups', { name: 'f' }, 'bob')
    const { id: security_group_id } = await create(api, 'security-groups', { name: 'sg' })
    const post = (values: object) =>
      api.call('alice', 'POST', RULES, {
        security_group_rule: { security_group_id, direction: 'ingress', ...values },
      })
    const made = await post({ remote_address_group_id: group.id })
    assert.equal(made.status, 201, made.text)
    const rule = made.body.security_group_rule
    assert.deepEqual(
      [rule.remote_address_group_id, rule.remote_group_id, rule.remote_ip_prefix],
      [group.id, null, null],
    )
    assert.equal((await post({})).status, 201, 'a rule about everybody is another rule')
    refused(await post({ remote_address_group_id: group.id }), 409, 'SecurityGroupRuleExists')
    const missing = '00000000-0000-4000-8000-000000000001'
    refused(
      await post({ remote_address_group_id: missing }),
      404,
      'AddressGroupNotFound',
      `Address group ${missing} could not be found.`,
    )
    refused(await post({ remote_address_group_id: foreign.id }), 404, 'AddressGroupNotFound')
    for (const more of [{ remote_ip_prefix: '10.0.0.0/8' }, { remote_group_id: security_group_id }]) {
      refused(await post({ ...more, remote_address_group_id: group.id }), 400, 'SecurityGroupMultipleRemoteEntites')
    }
    const found = await api.call('alice', 'GET', `${RULES}?remote_address_group_id=${group.id}`)
    assert.deepEqual(found.body.security_group_rules, [rule])
    refused(
      await api.call('alice', 'DELETE', `${PATH}/${group.id}`),
      409,
      'AddressGroupInUse',
      `Address group ${group.id} is in use on one or more security group rules.`,
    )
    // Rules that come while the group goes: whoever is first, no rule is left without its group.
    const other = await create(api, 'address-groups', { name: 'other' })
    const [, ...answers] = await Promise.all([
      api.call('alice', 'DELETE', `${PATH}/${other.id}`),
      ...[1, 2, 3].map((n) =>
        post({ remote_address_group_id: other.id, protocol: 'tcp', port_range_min: n, port_range_max: n }),
      ),
    ])
    const isThere = (await api.call('alice', 'GET', `${PATH}/${other.id}`)).status === 200
    assert.equal(
      answers.some(({ status }) => status === 201),
      isThere,
    )
    assert.equal((await api.call('alice', 'DELETE', `${RULES}/${rule.id}`)).status, 204)
    assert.equal((await api.call('alice', 'DELETE', `${PATH}/${group.id}`)).status, 204)
  })

  test('agents are given the addresses, and are told of their changes where a port is concerned', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const group = await create(api, 'address-groups', { addresses: ['10.0.0.0/8', 'fd00::/64'] })
    const sg = await create(api, 'security-groups', { name: 'sg' })
    const unused = await create(api, 'security-groups', { name: 'unused' })
    for (const { id } of [sg, unused]) {
      const rule = { security_group_id: id, direction: 'ingress', remote_address_group_id: group.id }
      await create(api, 'security-group-rules', rule)
    }
    const network = await create(api, 'networks', { name: 'n' })
    const port = await create(api, 'ports', { network_id: network.id, security_groups: [sg.id] })

    const sentinel = await create(api, 'security-groups', { name: 'sentinel' })
    await create(api, 'ports', { network_id: network.id, security_groups: [sentinel.id] })

    const info = await api.rpc('security_group_info_for_devices', { devices: [port.id], call_version: '1.3' })
    const device = info.devices[port.id]
    assert.deepEqual(device.security_group_remote_address_groups, [group.id])
    assert.deepEqual(device.security_group_source_groups, [])
    assert.deepEqual(
      info.security_groups[sg.id].filter(({ direction }: JsonObject) => direction === 'ingress'),
      [{ direction: 'ingress', ethertype: 'IPv4', remote_address_group_id: group.id, stateful: true }],
    )
    assert.deepEqual(info.sg_member_ips, {
      [group.id]: { IPv4: [['10.0.0.0/8', null]], IPv6: [['fd00::/64', null]] },
    })

    await api.listen(securityGroupUpdate.topic, 'agent')
    /** The groups told of until that one is among them. */
    const toldUntil = async (id: string) => {
      const groups: Json[] = []
      while (!groups.includes(id)) {
        const told = await api.told('security_groups_rule_updated')
        groups.push(...told.flatMap(({ args }) => args.security_groups as Json[]))
      }
      return groups
    }
    const marker = (protocol: string) =>
      create(api, 'security-group-rules', { security_group_id: sentinel.id, direction: 'ingress', protocol })
    await marker('tcp')
    await toldUntil(sentinel.id)
    await api.call('alice', 'PUT', `${PATH}/${group.id}`, { address_group: { name: 'only a name' } })
    await marker('udp')
    assert.deepEqual(await toldUntil(sentinel.id), [sentinel.id])
    await api.call('alice', 'PUT', `${PATH}/${group.id}/add_addresses`, { addresses: ['192.0.2.1'] })
    assert.deepEqual(await toldUntil(sg.id), [sg.id])
  })
})
