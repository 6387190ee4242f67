import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  notAskedFor,
  openPoints,
  type Run,
  renderPage,
  renderTempestConf,
  resultOf,
  type TestResult,
  upstreamFailsToo,
  WHOLE,
  wantedBy,
} from './conformance-page.ts'

const NETWORKS = 'tempest.api.network.test_networks.NetworksTest'
const passed: TestResult = { name: `${NETWORKS}.test_list`, outcome: 'passed', reason: '' }
const failed: TestResult = { name: `${NETWORKS}.test_show`, outcome: 'failed', reason: '' }
const likeUpstream: TestResult = {
  name: `${NETWORKS}.test_external_network_visibility`,
  outcome: 'failed',
  reason: '',
}
const skipped = (reason: string): TestResult => ({
  name: 'setUpClass (neutron_tempest_plugin.api.test_x.Test)',
  outcome: 'skipped',
  reason,
})

test("stestr's lines become results", () => {
  assert.deepEqual(resultOf(`{0} ${NETWORKS}.test_list [0.512s] ... ok`), passed)
  assert.deepEqual(resultOf(`{0} ${NETWORKS}.test_show [1.0s] ... FAILED`), failed)
  assert.deepEqual(
    resultOf('{0} setUpClass (neutron_tempest_plugin.api.test_x.Test) ... SKIPPED: qos extension not enabled.'),
    skipped('qos extension not enabled.'),
  )
  assert.equal(resultOf('Captured traceback:'), null)
  assert.equal(resultOf('Totals'), null)
})

test('a skip names the alias that was wanted, however the test spells it', () => {
  assert.equal(wantedBy('Skipped because network extension: dns-integration is not enabled'), 'dns-integration')
  assert.equal(wantedBy('rbac-policies extension not enabled.'), 'rbac-policies')
  assert.equal(wantedBy('Extra DHCP Options extension not enabled.'), 'extra_dhcp_opt')
  assert.equal(wantedBy('DVR extension not enabled.'), 'dvr')
  assert.equal(wantedBy('This test requires at least two agents.'), 'This test requires at least two agents.')
})

test('only what nobody asked for may be missing', () => {
  for (const alias of ['qos', 'trunk', 'metering', 'dvr', 'l3-ha', 'l3-ndp-proxy', 'local_ip', 'logging']) {
    assert.notEqual(notAskedFor(alias), null, alias)
  }
  for (const alias of ['rbac-policies', 'flavors', 'constructor', 'This test requires at least two agents.']) {
    assert.equal(notAskedFor(alias), null, alias)
  }
})

test('open are failures that upstream would not share, by database, and skips of what was asked for', () => {
  const runs: Run[] = [
    { database: 'SQLite', results: [passed, failed, likeUpstream, skipped('flavors extension not enabled.')] },
    { database: 'PostgreSQL', results: [failed, skipped('qos extension not enabled.')] },
  ]
  assert.notEqual(upstreamFailsToo(likeUpstream.name), null)
  assert.deepEqual(openPoints(runs), [
    `\`${failed.name}\` fails on SQLite and PostgreSQL`,
    '`flavors` is not served: 1 and 0 skipped',
  ])
  assert.deepEqual(openPoints([{ database: 'SQLite', results: [passed, likeUpstream] }]), [])
})

test('the page counts by database and suite, and says what is missing', () => {
  const runs: Run[] = [
    { database: 'SQLite', results: [passed, likeUpstream, skipped('flavors extension not enabled.')] },
    { database: 'PostgreSQL', results: [passed, passed] },
  ]
  const page = renderPage({ runs, aliases: ['agent', 'router'], versions: ['tempest 33'], withAgents: false })
  assert.match(page, /^\| SQLite \| `tempest\.api\.network` \| 1 \| 1 \| 0 \|$/m)
  assert.match(page, /^\| SQLite \| `neutron_tempest_plugin\.api` \| 0 \| 0 \| 1 \|$/m)
  assert.match(page, /^\| PostgreSQL \| `tempest\.api\.network` \| 2 \| 0 \| 0 \|$/m)
  assert.match(page, /^## Open points: 1\n\n- `flavors` is not served: 1 and 0 skipped$/m)
  assert.match(page, /^- `tempest\S+test_external_network_visibility` \(SQLite\)$/m)
  assert.match(page, /^\| `flavors` \| 1 \| 0 \| \*\*open\*\* \|$/m)
  assert.match(page, /`agent`,\n`router`/)
})

test('Tempest is told every alias, where to lock, and whether ports are secured', () => {
  const settings = { authUrl: 'http://i/v3', adminPassword: 'p', publicNetworkId: 'n', folder: '/f' }
  const text = renderTempestConf({ ...settings, aliases: ['router', 'port-security'] })
  assert.match(text, /^api_extensions = router,port-security$/m)
  assert.match(text, /^port_security = true$/m)
  assert.match(text, /^lock_path = \/f\/lock$/m)
})

test('every test is in one part of the whole', () => {
  const parts = (name: string) => WHOLE.filter(({ pattern }) => new RegExp(pattern).test(name)).length
  assert.equal(parts('tempest.api.network.test_networks.NetworksTest.test_list'), 1)
  assert.equal(parts('tempest.api.network.test_tags.TagsTest.test_create'), 1)
  assert.equal(parts('neutron_tempest_plugin.api.admin.test_tag.TagNetworkTest.test_list'), 1)
  assert.equal(parts('neutron_tempest_plugin.scenario.test_dns.Test.test_it'), 0)
})
