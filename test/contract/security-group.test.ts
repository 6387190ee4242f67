/** Security groups on every database: default groups, rules, members, and what L2 agents are told of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '#base/json.ts'
import { securityGroups } from '#extensions/security-group/tables.ts'
import { forEachDatabase } from '../databases.ts'
import { type Answer, refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const GROUPS = '/v2.0/security-groups'
const RULES = '/v2.0/security-group-rules'

async function create(api: TestApi, collection: string, item: object, token = 'alice') {
  const key = collection.replaceAll('-', '_').slice(0, -1)
  const answer = await api.call(token, 'POST', `/v2.0/${collection}`, { [key]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[key]
}

async function networkWithSubnet(api: TestApi, cidrs: readonly string[] = ['10.0.0.0/24']) {
  const network = await create(api, 'networks', { name: 'n' })
  for (const cidr of cidrs) {
    await create(api, 'subnets', { network_id: network.id, cidr, ip_version: cidr.includes(':') ? 6 : 4 })
  }
  return network
}

type Rule = JsonObject & { direction: string; ethertype: string; remote_group_id: string | null }
const kinds = (rules: readonly Rule[]) => rules.map(({ direction, ethertype }) => `${direction} ${ethertype}`).sort()

forEachDatabase((_name, openFresh) => {
  test('every project gets one default group, however many ask at once, and other groups let everything out', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const lists = await Promise.all(Array.from({ length: 8 }, () => api.call('alice', 'GET', GROUPS)))
    const ids = new Set(lists.flatMap(({ body }) => body.security_groups.map(({ id }: { id: string }) => id)))
    assert.equal(ids.size, 1)
    const [group] = lists[0]!.body.security_groups
    assert.equal(group.name, 'default')
    assert.equal(group.project_id, 'a')
    assert.deepEqual(kinds(group.security_group_rules), ['egress IPv4', 'egress IPv6', 'ingress IPv4', 'ingress IPv6'])
    const ingress = group.security_group_rules.filter(({ direction }: Rule) => direction === 'ingress')
    assert.ok(ingress.every(({ remote_group_id }: Rule) => remote_group_id === group.id))

    const web = await create(api, 'security-groups', { name: 'web' })
    assert.deepEqual(kinds(web.security_group_rules), ['egress IPv4', 'egress IPv6'])
    refused(
      await api.call('alice', 'POST', GROUPS, { security_group: { name: 'Default' } }),
      409,
      'SecurityGroupDefaultAlreadyExists',
      'Default security group already exists.',
    )
    const path = `${GROUPS}/${group.id}`
    refused(
      await api.call('alice', 'PUT', path, { security_group: { name: 'x' } }),
      409,
      'SecurityGroupCannotUpdateDefault',
    )
    refused(await api.call('alice', 'DELETE', path), 409, 'SecurityGroupCannotRemoveDefault')
    assert.equal((await api.call('admin', 'DELETE', path)).status, 204)
    assert.notEqual((await api.call('alice', 'GET', `${GROUPS}?name=default`)).body.security_groups[0].id, group.id)
    refused(await api.call('bob', 'GET', `${GROUPS}/${web.id}`), 404, 'SecurityGroupNotFound')
  })

  test('the rules that groups begin with count, also when several are made at once', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    await api.call('alice', 'GET', GROUPS)
    const put = await api.call('admin', 'PUT', '/v2.0/quotas/a', { quota: { security_group_rule: 9 } })
    assert.equal(put.status, 200, put.text)
    const names = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6']
    const answers = await Promise.all(
      names.map((name) => api.call('alice', 'POST', GROUPS, { security_group: { name } })),
    )
    const made = answers.filter(({ status }) => status === 201)
    assert.equal(made.length, 2, 'four of the default group, and two each')
    for (const answer of answers.filter(({ status }) => status !== 201)) {
      refused(answer, 409, 'OverQuota', "Quota exceeded for resources: ['security_group_rule'].")
    }
    assert.equal((await api.call('alice', 'GET', RULES)).body.security_group_rules.length, 8)
  })

  test('a list waits for no writer once the default group is there', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const [group] = (await api.call('alice', 'GET', GROUPS)).body.security_groups
    const [written, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const writing = database.store.transaction(async (tx) => {
      await tx.update(securityGroups, { id: group.id }, { description: 'not yet' })
      written.resolve()
      await asked.promise
    })
    await written.promise
    const answers: Answer[] = []
    try {
      for (const path of [GROUPS, RULES]) answers.push(await api.call('alice', 'GET', path))
    } finally {
      asked.resolve()
      await writing
    }
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    )
    assert.equal(answers[0]!.body.security_groups[0].description, 'Default security group')
  })

  test('rules are checked in upstream words, count the group one revision, and are not made twice', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: security_group_id } = await create(api, 'security-groups', { name: 'web' })
    const rule = (values: object) => ({ security_group_rule: { security_group_id, direction: 'ingress', ...values } })
    const post = (values: object) => api.call('alice', 'POST', RULES, rule(values))

    const http = { protocol: 'tcp', port_range_min: 80, port_range_max: '80' }
    const made = (await post({ ...http, remote_ip_prefix: '10.0.0.5/8', ethertype: 'ipv4' })).body.security_group_rule
    assert.deepEqual(
      [made.port_range_max, made.remote_ip_prefix, made.normalized_cidr, made.ethertype, made.belongs_to_default_sg],
      [80, '10.0.0.5/8', '10.0.0.0/8', 'IPv4', false],
    )
    const group = (await api.call('alice', 'GET', `${GROUPS}/${security_group_id}`)).body.security_group
    assert.equal(group.revision_number, 1)
    const nested = group.security_group_rules.find(({ id }: { id: string }) => id === made.id)
    assert.deepEqual(nested, { ...made, tags: [] })

    assert.equal((await post({ protocol: 'TCP', port_range_min: 22, port_range_max: 22 })).status, 201)
    const anywhere = { protocol: '6', port_range_min: 22, port_range_max: 22, remote_ip_prefix: '0.0.0.0/0' }
    refused(await post(anywhere), 409, 'SecurityGroupRuleExists', /^Security group rule already exists. Rule id is /)
    const bulk = (...rules: object[]) =>
      api.call('alice', 'POST', RULES, {
        security_group_rules: rules.map((values) => rule(values).security_group_rule),
      })
    const one = { protocol: 'udp' }
    refused(
      await bulk(one, { protocol: '17' }),
      409,
      'DuplicateSecurityGroupRuleInPost',
      'Duplicate Security Group Rule in POST.',
    )
    assert.equal((await bulk(one, { protocol: 'sctp' })).status, 201)
    const other = await create(api, 'security-groups', { name: 'other' })
    refused(
      await bulk({ protocol: 'ah' }, { protocol: 'ah', security_group_id: other.id }),
      400,
      'SecurityGroupNotSingleGroupRules',
    )

    const cases: readonly (readonly [object, string, string | RegExp])[] = [
      [
        { protocol: 'http' },
        'SecurityGroupRuleInvalidProtocol',
        /^Security group rule protocol http not supported. Only/,
      ],
      [{ protocol: 256 }, 'SecurityGroupRuleInvalidProtocol', /values \(None, 'any', 'ah', .*'vrrp'\) and integer/],
      [{ ...http, port_range_min: 81 }, 'SecurityGroupInvalidPortRange', /port_range_min must be <= port_range_max$/],
      [{ ...http, port_range_min: 'x' }, 'SecurityGroupInvalidPortValue', 'Invalid value for port x'],
      [{ ...http, port_range_min: 0 }, 'SecurityGroupInvalidPortValue', 'Invalid value for port 0'],
      [{ ...http, protocol: null }, 'SecurityGroupProtocolRequiredWithPorts', /^Must also specify protocol/],
      [
        { ...http, protocol: 'ah' },
        'SecurityGroupInvalidProtocolForPort',
        'Ports cannot be specified for protocol 51. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.',
      ],
      [
        { protocol: 'icmp', port_range_min: 300 },
        'SecurityGroupInvalidIcmpValue',
        'Invalid value for ICMP type (port_range_min) 300. It must be 0 to 255.',
      ],
      [{ protocol: 'icmp', port_range_max: 3 }, 'SecurityGroupMissingIcmpType', /^ICMP code \(port-range-max\) 3 is/],
      [
        { remote_ip_prefix: '::/0' },
        'SecurityGroupRuleParameterConflict',
        'Conflicting value ethertype IPv4 for CIDR ::/0',
      ],
      [{ remote_ip_prefix: '10.0.0.0/33' }, 'InvalidCIDR', 'Invalid CIDR 10.0.0.0/33 given as IP prefix.'],
      [{ protocol: '58' }, 'SecurityGroupEthertypeConflictWithProtocol', 'Invalid ethertype IPv4 for protocol 58.'],
      [
        { remote_ip_prefix: '10.0.0.0/8', remote_group_id: other.id },
        'SecurityGroupMultipleRemoteEntites',
        /^Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.$/,
      ],
      [
        { ethertype: 'ARP' },
        'SecurityGroupRuleInvalidEtherType',
        "Security group rule for ethertype 'ARP' not supported. Allowed values are ['IPv4', 'IPv6'].",
      ],
    ]
    for (const [values, type, message] of cases) refused(await post(values), 400, type, message)
    refused(await post({ remote_group_id: security_group_id.replace(/./, 'x') }), 404, 'SecurityGroupNotFound')
    const unknown = { security_group_id: '00000000-0000-4000-8000-000000000000' }
    refused(
      await post(unknown),
      404,
      'SecurityGroupNotFound',
      `Security group ${unknown.security_group_id} does not exist`,
    )
    assert.equal((await post({ ethertype: 'IPv6', protocol: 'icmp' })).body.security_group_rule.protocol, 'ipv6-icmp')
    const wide = await post({ protocol: 'dccp', port_range_min: 1, port_range_max: 65535 })
    assert.equal(wide.body.security_group_rule.port_range_min, null)
    assert.equal((await api.call('alice', 'DELETE', `${RULES}/${made.id}`)).status, 204)
    refused(await api.call('alice', 'DELETE', `${RULES}/${made.id}`), 404, 'SecurityGroupRuleNotFound')
  })

  test('a rule is made once, however many ask for it at once', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: security_group_id } = await create(api, 'security-groups', { name: 'web' })
    const body = { security_group_rule: { security_group_id, direction: 'ingress', protocol: 'tcp' } }
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.call('alice', 'POST', RULES, body)))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409])
    const types = answers.flatMap(({ body }) => body.NeutronError?.type ?? [])
    assert.deepEqual(new Set(types), new Set(['SecurityGroupRuleExists']))
  })

  test('ports take the default group, the groups they name, or none; a group in use stays', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await networkWithSubnet(api)
    const [fallback] = (await api.call('alice', 'GET', GROUPS)).body.security_groups
    const web = await create(api, 'security-groups', { name: 'web' })
    const port = await create(api, 'ports', { network_id })
    assert.deepEqual(port.security_groups, [fallback.id])
    assert.deepEqual((await create(api, 'ports', { network_id, security_groups: null })).security_groups, [])
    const owned = { network_id, device_owner: 'network:dhcp', project_id: 'a' }
    assert.deepEqual((await create(api, 'ports', owned, 'admin')).security_groups, [])

    const path = `/v2.0/ports/${port.id}`
    const moved = await api.call('alice', 'PUT', path, { port: { security_groups: [web.id] } })
    assert.deepEqual(moved.body.port.security_groups, [web.id])
    const listed = await api.call('alice', 'GET', `/v2.0/ports?security_groups=${web.id}&fields=id`)
    assert.deepEqual(listed.body.ports, [{ id: port.id }])
    refused(
      await api.call('alice', 'DELETE', `${GROUPS}/${web.id}`),
      409,
      'SecurityGroupInUse',
      `Security Group ${web.id} in use.`,
    )
    const foreign = await create(api, 'security-groups', { name: 'bobs' }, 'bob')
    refused(
      await api.call('alice', 'PUT', path, { port: { security_groups: [foreign.id] } }),
      404,
      'SecurityGroupNotFound',
      `Security group ${foreign.id} does not exist`,
    )
    await api.call('alice', 'DELETE', path)
    assert.equal((await api.call('alice', 'DELETE', `${GROUPS}/${web.id}`)).status, 204)
  })

  test('an agent reads rules, members and the provider rules of its devices, and hears of what concerns them', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id: network_id } = await networkWithSubnet(api, ['10.0.0.0/24', 'fd00::/64'])
    const web = await create(api, 'security-groups', { name: 'web' })
    const db = await create(api, 'security-groups', { name: 'db' })
    const from = { security_group_id: db.id, direction: 'ingress', protocol: 'tcp', remote_group_id: web.id }
    await create(api, 'security-group-rules', { ...from, port_range_min: 5432, port_range_max: 5432 })
    const server = await create(api, 'ports', { network_id, security_groups: [db.id] })
    await api.listen('q-agent-notifier-security_group-update', 'h')
    const client = await create(api, 'ports', { network_id, security_groups: [web.id] })
    const device = `tap${server.id.slice(0, 11)}`
    const args = { devices: [device, 'tapffffffff-ff'], call_version: '1.3' }
    const info = await api.rpc('security_group_info_for_devices', args)

    assert.deepEqual(Object.keys(info.devices), [device])
    const { security_groups, security_group_source_groups, fixed_ips, tenant_id } = info.devices[device]
    assert.deepEqual([security_groups, security_group_source_groups, tenant_id], [[db.id], [web.id], 'a'])
    const [ip4, ip6] = server.fixed_ips.map(({ ip_address }: { ip_address: string }) => ip_address)
    assert.deepEqual(fixed_ips, [ip4, ip6])
    const dhcp = (v6: boolean, dest_ip_prefix: string) => ({
      direction: 'ingress',
      ethertype: v6 ? 'IPv6' : 'IPv4',
      protocol: 'udp',
      port_range_min: v6 ? 546 : 68,
      port_range_max: v6 ? 546 : 68,
      source_port_range_min: v6 ? 547 : 67,
      source_port_range_max: v6 ? 547 : 67,
      dest_ip_prefix,
    })
    assert.deepEqual(info.devices[device].security_group_rules, [
      dhcp(false, `${ip4}/32`),
      dhcp(false, '255.255.255.255/32'),
      dhcp(true, `${ip6}/128`),
      dhcp(true, 'fe80::/64'),
      { direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp', source_port_range_min: 134 },
    ])
    const allowed = info.security_groups[db.id].filter(({ direction }: Rule) => direction === 'ingress')
    assert.deepEqual(allowed, [
      {
        direction: 'ingress',
        ethertype: 'IPv4',
        protocol: 'tcp',
        port_range_min: 5432,
        port_range_max: 5432,
        remote_group_id: web.id,
        stateful: true,
      },
    ])
    const [client4, client6] = client.fixed_ips.map(({ ip_address }: { ip_address: string }) => ip_address)
    const { mac_address } = client
    assert.deepEqual(info.sg_member_ips, {
      [web.id]: { IPv4: [[client4, mac_address]], IPv6: [[client6, mac_address]] },
    })

    await create(api, 'security-group-rules', { security_group_id: db.id, direction: 'ingress', protocol: 'icmp' })
    const [rule] = (await api.told('security_groups_rule_updated')).slice(-1)
    assert.deepEqual(rule!.args, { security_groups: [db.id] })
    await api.told('security_groups_member_updated')
    await create(api, 'ports', { network_id, security_groups: [db.id] })
    await api.call('alice', 'DELETE', `/v2.0/ports/${client.id}`)
    const told = await api.told('security_groups_member_updated')
    assert.deepEqual(
      told.map((each) => each.args),
      [{ security_groups: [web.id] }],
    )
  })
})
