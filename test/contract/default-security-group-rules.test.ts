/** Default security group rules on every database: who makes them, what they may be, which groups begin with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { refused, startTestApi, type TestApi } from '../fakes/api.ts'
import { coreFeatures } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/default-security-group-rules'

const post = (api: TestApi, rule: object, token = 'admin') =>
  api.call(token, 'POST', PATH, {
    default_security_group_rule: { used_in_default_sg: false, used_in_non_default_sg: true, ...rule },
  })

interface Rule {
  readonly id: string
  readonly direction: string
  readonly ethertype: string
  readonly protocol: string | null
  readonly remote_group_id: string | null
  readonly description: string | null
}

async function groupOf(api: TestApi, name: string, token = 'alice') {
  const answer = await api.call(token, 'POST', '/v2.0/security-groups', { security_group: { name } })
  assert.equal(answer.status, 201, answer.text)
  return answer.body.security_group as { id: string; security_group_rules: Rule[] }
}

const kinds = (rules: readonly Rule[]) =>
  rules.map(({ direction, ethertype, protocol }) => `${direction} ${ethertype} ${protocol}`).sort()

forEachDatabase((_name, openFresh) => {
  test('there are the four standard rules, which all read and administrators change', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const { body } = await api.call('reader', 'GET', PATH)
    const rules = body.default_security_group_rules
    assert.deepEqual(
      rules.map((rule: { [name: string]: unknown }) => [
        rule.direction,
        rule.ethertype,
        rule.remote_group_id,
        rule.used_in_default_sg,
        rule.used_in_non_default_sg,
        rule.description,
      ]),
      [
        ['egress', 'IPv4', null, true, true, 'Legacy default SG rule for egress traffic'],
        ['egress', 'IPv6', null, true, true, 'Legacy default SG rule for egress traffic'],
        ['ingress', 'IPv4', 'PARENT', true, false, 'Legacy default SG rule for ingress traffic'],
        ['ingress', 'IPv6', 'PARENT', true, false, 'Legacy default SG rule for ingress traffic'],
      ],
    )
    assert.ok(!('project_id' in rules[0] || 'tenant_id' in rules[0] || 'default_key' in rules[0]))
    const path = `${PATH}/${rules[0].id}`
    assert.deepEqual((await api.call('bob', 'GET', path)).body.default_security_group_rule, rules[0])
    refused(await post(api, { direction: 'ingress' }, 'alice'), 403, 'PolicyNotAuthorized')
    refused(await api.call('alice', 'DELETE', path), 403, 'PolicyNotAuthorized')
    assert.equal((await api.call('admin', 'PUT', path, { default_security_group_rule: {} })).status, 405)
    const missing = '00000000-0000-4000-8000-000000000001'
    refused(
      await api.call('admin', 'DELETE', `${PATH}/${missing}`),
      404,
      'DefaultSecurityGroupRuleNotFound',
      `Default Security Group rule ${missing} does not exist`,
    )
  })

  test('a rule is checked as a rule of a group is, and is there once for each kind of group', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const http = { direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80 }
    const made = await post(api, { ...http, remote_ip_prefix: '10.0.0.0/8', description: 'web' })
    assert.equal(made.status, 201, made.text)
    const rule = made.body.default_security_group_rule
    assert.deepEqual(
      [rule.protocol, rule.port_range_min, rule.remote_ip_prefix, rule.description],
      ['tcp', 80, '10.0.0.0/8', 'web'],
    )
    const found = await api.call('alice', 'GET', `${PATH}?port_range_min=80&used_in_default_sg=false`)
    assert.deepEqual(found.body.default_security_group_rules, [rule])

    const again = { ...http, protocol: '6', remote_ip_prefix: '10.0.0.0/8' }
    const exists = `Default Security group rule already exists. Rule id is ${rule.id}.`
    refused(await post(api, again), 409, 'DefaultSecurityGroupRuleExists', exists)
    const elsewhere = { ...again, used_in_default_sg: true, used_in_non_default_sg: false }
    assert.equal((await post(api, elsewhere)).status, 201)
    refused(await post(api, { ...elsewhere, used_in_non_default_sg: true }), 409, 'DefaultSecurityGroupRuleExists')
    const both = [1, 2].map(() => ({ ...http, used_in_default_sg: false, used_in_non_default_sg: true }))
    refused(
      await api.call('admin', 'POST', PATH, { default_security_group_rules: both }),
      409,
      'DuplicateDefaultSgRuleInPost',
      'Duplicate Default Security Group Rule in POST.',
    )
    const cases: readonly (readonly [object, string])[] = [
      [{ ...http, port_range_min: 81 }, 'SecurityGroupInvalidPortRange'],
      [{ ...http, protocol: 'x' }, 'SecurityGroupRuleInvalidProtocol'],
      [{ ...http, ethertype: 'IPv6', remote_ip_prefix: '10.0.0.0/8' }, 'SecurityGroupRuleParameterConflict'],
      [{ ...http, remote_group_id: 'PARENT', remote_ip_prefix: '10.0.0.0/8' }, 'SecurityGroupMultipleRemoteEntites'],
      [{ protocol: 'tcp' }, 'HTTPBadRequest'],
      [{ direction: 'ingress', used_in_default_sg: 'perhaps' }, 'InvalidInput'],
      [{ direction: 'ingress', remote_group_id: 'x'.repeat(37) }, 'HTTPBadRequest'],
    ]
    for (const [values, type] of cases) refused(await post(api, values), 400, type)
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(api, { direction: 'ingress', protocol: 'sctp' })))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409])
  })

  test('new groups begin with the rules of their kind; those that are there keep what they have', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const before = await groupOf(api, 'before')
    const { body } = await api.call('admin', 'GET', `${PATH}?ethertype=IPv6`)
    for (const { id } of body.default_security_group_rules) {
      assert.equal((await api.call('admin', 'DELETE', `${PATH}/${id}`)).status, 204)
    }
    const inOwn = { direction: 'ingress', protocol: 'icmp', remote_group_id: 'PARENT', description: 'pings' }
    assert.equal((await post(api, inOwn)).status, 201)
    const office = await api.call('bob', 'POST', '/v2.0/security-groups', { security_group: { name: 'office' } })
    const officeId = office.body.security_group.id
    assert.equal((await post(api, { direction: 'ingress', protocol: 'udp', remote_group_id: officeId })).status, 201)
    const gone = '00000000-0000-4000-8000-000000000001'
    assert.equal((await post(api, { direction: 'ingress', remote_group_id: gone })).status, 201)
    assert.equal((await post(api, { direction: 'ingress', remote_address_group_id: gone })).status, 201)
    assert.equal((await post(api, { direction: 'egress', protocol: 'sctp', used_in_default_sg: true })).status, 201)

    const { id, security_group_rules: rules } = await groupOf(api, 'after')
    const after = ['egress IPv4 null', 'egress IPv4 sctp', 'ingress IPv4 icmp', 'ingress IPv4 udp']
    assert.deepEqual(kinds(rules), after)
    const own = rules.find(({ protocol }) => protocol === 'icmp')!
    assert.deepEqual([own.remote_group_id, own.description], [id, null])
    assert.equal(rules.find(({ protocol }) => protocol === 'udp')!.remote_group_id, officeId)
    const admins = await api.call('admin', 'GET', '/v2.0/security-groups?project_id=admins')
    const first = admins.body.security_groups[0].security_group_rules
    assert.deepEqual(kinds(first), ['egress IPv4 null', 'egress IPv4 sctp', 'ingress IPv4 null'])
    const kept = await api.call('alice', 'GET', `/v2.0/security-groups/${before.id}`)
    assert.deepEqual(kinds(kept.body.security_group.security_group_rules), ['egress IPv4 null', 'egress IPv6 null'])

    // Rules of the next group count before it is made.
    await api.call('admin', 'PUT', '/v2.0/quotas/a', { quota: { security_group_rule: 13 } })
    const more = await api.call('alice', 'POST', '/v2.0/security-groups', { security_group: { name: 'more' } })
    refused(more, 409, 'OverQuota', "Quota exceeded for resources: ['security_group_rule'].")
    await api.call('admin', 'PUT', '/v2.0/quotas/a', { quota: { security_group_rule: 14 } })
    await groupOf(api, 'more')
  })
})
