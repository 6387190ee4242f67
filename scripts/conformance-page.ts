/**
 * What the conformance run knows without running anything: Tempest's configuration as text, its output lines as
 * results, the tests that upstream's own server fails too, the extensions nobody asked for, and
 * docs/reference/conformance.md, which says of itself what is missing. Pure.
 */

export interface TestResult {
  /** `module.Class.test`, or `setUpClass (module.Class)`. */
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  /** Why it was skipped; empty otherwise. */
  readonly reason: string
}

/** A line of stestr's report; null when it is something else. */
export function resultOf(line: string): TestResult | null {
  const match = /^\{\d+\} (.+?)(?: \[[\d.]+s\])? \.\.\. (ok|FAILED|SKIPPED)(?:: (.*))?$/.exec(line)
  if (!match) return null
  const outcome = ({ ok: 'passed', FAILED: 'failed', SKIPPED: 'skipped' } as const)[match[2] as 'ok']
  return { name: match[1]!, outcome, reason: match[3] ?? '' }
}

const LIMIT_CHECKED = 'sets a quota below what is used; `quota-check-limit-default`, newer than the test, refuses that'

/** By what a test's name contains. The tests are of 2022; the behaviour is upstream's of today. */
const UPSTREAM_FAILS_TOO: readonly { readonly test: string; readonly reason: string }[] = [
  { test: 'SecGroupQuotaTest.test_sg_quota_decrease_less_than_created', reason: LIMIT_CHECKED },
  { test: 'SecGroupQuotaTest.test_sg_quota_values', reason: LIMIT_CHECKED },
  { test: 'SecGroupRulesQuotaTest.test_sg_rules_quota_decrease_less_than_created', reason: LIMIT_CHECKED },
  { test: 'SecGroupRulesQuotaTest.test_sg_rules_quota_values', reason: LIMIT_CHECKED },
  {
    test: 'test_external_network_visibility',
    reason: 'expects the subnets of external networks to be hidden; `subnet-external-network` shows them to everybody',
  },
  {
    test: 'SubnetsSearchCriteriaTest.test_list_validation_filters',
    reason: 'expects to see its own subnets only; `subnet-external-network` shows those of external networks too',
  },
]

/** Why a test's failure says nothing about this service; null when it does. */
export function upstreamFailsToo(name: string): string | null {
  return UPSTREAM_FAILS_TOO.find(({ test }) => name.includes(test))?.reason ?? null
}

/** What a skipped test wanted: an alias, or what is no extension at all. Pure. */
export function wantedBy(reason: string): string {
  const named = /network extension: (\S+) is not enabled/.exec(reason) ?? /^(.+?) extension not enabled/.exec(reason)
  if (!named) return reason
  const alias = named[1]!
  return SPELLED.get(alias) ?? alias
}

/** As some tests write them. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['DVR', 'dvr'],
  ['Extra DHCP Options', 'extra_dhcp_opt'],
  ['Allowed Address Pairs', 'allowed-address-pairs'],
])

/** What may be missing, and why. Everything else that a test is skipped for is an open point. */
const NOT_ASKED_FOR: ReadonlyMap<string, string> = new Map([
  ['qos', 'QoS'],
  ['port-resource-request', 'QoS'],
  ['trunk', 'trunks'],
  ['trunk-details', 'trunks'],
  ['metering', 'metering'],
  ['dvr', 'distributed routers'],
  ['l3-ha', 'HA routers'],
  ['l3-ndp-proxy', 'NDP proxy'],
  ['local_ip', 'local IP'],
  ['logging', 'logging'],
  ['l3-conntrack-helper', 'conntrack helper'],
  ['router-interface-fip', "nothing in upstream's tree serves it"],
  ['Skipped because the compute service is not available', 'needs Nova'],
  ['neutron.services.l3_router.service_providers.dvr.DvrDriver is not available', 'distributed routers'],
  ['Test is outdated starting from Ussuri release.', 'a test for servers without `rbac-address-scope`'],
])

/** Why that may be missing; null for an open point. */
export function notAskedFor(wanted: string): string | null {
  return NOT_ASKED_FOR.get(wanted) ?? null
}

export interface TempestSettings {
  readonly authUrl: string
  readonly adminPassword: string
  readonly publicNetworkId: string
  readonly aliases: readonly string[]
  /** For its lock files and its log. */
  readonly folder: string
}

/** Tests to run together, and the extensions that Tempest is told of besides those the service lists. */
export interface Part {
  readonly pattern: string
  readonly names: readonly string[]
}

/**
 * The tests of tags ask for `standard-attr-tag` by the names it had before it was one extension; another test counts
 * what Tempest was told of.
 */
export const WHOLE: readonly Part[] = [
  { pattern: '^(tempest\\.api\\.network\\.(?!test_tags)|neutron_tempest_plugin\\.api\\.)', names: [] },
  { pattern: '^tempest\\.api\\.network\\.test_tags\\.', names: ['tag', 'tag-ext'] },
]

/** Credentials are made for every test class, through the identity; services besides the network do not exist. */
export function renderTempestConf(settings: TempestSettings): string {
  const sections: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    DEFAULT: { log_file: `${settings.folder}/tempest.log`, debug: 'true' },
    oslo_concurrency: { lock_path: `${settings.folder}/lock` },
    auth: {
      use_dynamic_credentials: 'true',
      tempest_roles: 'member',
      admin_username: 'admin',
      admin_password: settings.adminPassword,
      admin_project_name: 'admin',
      admin_domain_name: 'Default',
    },
    identity: { uri_v3: settings.authUrl, auth_version: 'v3', region: 'RegionOne', v3_endpoint_type: 'publicURL' },
    'identity-feature-enabled': { api_v2: 'false' },
    service_available: {
      neutron: 'true',
      nova: 'false',
      glance: 'false',
      cinder: 'false',
      swift: 'false',
      horizon: 'false',
    },
    network: { public_network_id: settings.publicNetworkId, floating_network_name: 'public', build_timeout: '60' },
    'network-feature-enabled': {
      api_extensions: settings.aliases.join(','),
      ipv6: 'true',
      ipv6_subnet_attributes: 'true',
      port_security: String(settings.aliases.includes('port-security')),
    },
    neutron_plugin_options: {
      agent_availability_zone: 'nova',
      available_type_drivers: 'flat,vlan,vxlan,gre,geneve,local',
      provider_vlans: 'public',
    },
  }
  return Object.entries(sections)
    .flatMap(([name, values]) => [
      `[${name}]`,
      ...Object.entries(values).map(([key, value]) => `${key} = ${value}`),
      '',
    ])
    .join('\n')
}

/**
 * Python's start-up file. Tempest waits ten seconds before it deletes a subnet, for the sake of slow services; here
 * that is nearly all of its time.
 */
export const SITE_CUSTOMIZE = `import sys
import time

_sleep = time.sleep


def sleep(seconds):
    if sys._getframe(1).f_globals.get('__name__') != 'tempest.lib.services.network.subnets_client':
        _sleep(seconds)


time.sleep = sleep
`

/** The whole of the tests over one database. */
export interface Run {
  /** As people write it: `PostgreSQL`. */
  readonly database: string
  readonly results: readonly TestResult[]
}

export interface Page {
  readonly runs: readonly Run[]
  readonly aliases: readonly string[]
  /** As installed: `tempest 33.0.0`. */
  readonly versions: readonly string[]
  readonly withAgents: boolean
}

/** What stands between this and all that is asked for: failures nobody explains, and skips that should not be. */
export function openPoints(runs: readonly Run[]): readonly string[] {
  const failed = failures(runs).filter(({ name }) => upstreamFailsToo(name) === null)
  const missing = skips(runs).filter(({ wanted }) => notAskedFor(wanted) === null)
  return [
    ...failed.map(({ name, on }) => `\`${name}\` fails on ${on}`),
    ...missing.map(({ wanted, counts }) => `\`${wanted}\` is not served: ${counts.join(' and ')} skipped`),
  ]
}

const SUITES = ['tempest.api.network', 'neutron_tempest_plugin.api']

export function renderPage({ runs, aliases, versions, withAgents }: Page): string {
  const rows = runs.flatMap(({ database, results }) =>
    SUITES.map((suite) => {
      const of = results.filter(({ name }) => name.replace(/^\w+ \(/, '').startsWith(`${suite}.`))
      const count = (outcome: TestResult['outcome']) => of.filter((result) => result.outcome === outcome).length
      return `| ${database} | \`${suite}\` | ${count('passed')} | ${count('failed')} | ${count('skipped')} |`
    }),
  )
  const open = openPoints(runs)
  return `# Conformance

What OpenStack's own tests say of this service, made by \`npm run conformance\`: ${versions.join(', ')};
one worker; ${withAgents ? 'the whole service with its Open vSwitch, DHCP, L3 and metadata agents' : 'the API alone'}.

| Database | Tests | Passed | Failed | Skipped |
|---|---|---|---|---|
${rows.join('\n')}

## Open points: ${open.length}

${open.length === 0 ? 'None.' : open.map((point) => `- ${point}`).join('\n')}

## Failed, as with upstream's own server

${renderExplained(runs)}
## Skipped

${renderSkips(runs)}

## Served

${aliases.map((alias) => `\`${alias}\``).join(',\n')}
`
}

interface Failure {
  readonly name: string
  /** `SQLite`, `SQLite and PostgreSQL` */
  readonly on: string
}

function failures(runs: readonly Run[]): readonly Failure[] {
  const databases = new Map<string, string[]>()
  for (const { database, results } of runs) {
    for (const { name, outcome } of results) {
      if (outcome !== 'failed') continue
      databases.set(name, [...(databases.get(name) ?? []), database])
    }
  }
  return [...databases].map(([name, on]) => ({ name, on: on.join(' and ') }))
}

interface Skip {
  readonly wanted: string
  /** One per run: of tests, or of whole classes of tests. */
  readonly counts: readonly number[]
}

function skips(runs: readonly Run[]): readonly Skip[] {
  const counts = new Map<string, number[]>()
  for (const [index, { results }] of runs.entries()) {
    for (const { outcome, reason } of results) {
      if (outcome !== 'skipped') continue
      const wanted = wantedBy(reason)
      const of = counts.get(wanted) ?? runs.map(() => 0)
      of[index]! += 1
      counts.set(wanted, of)
    }
  }
  return [...counts]
    .map(([wanted, of]) => ({ wanted, counts: of }))
    .sort((a, b) => Math.max(...b.counts) - Math.max(...a.counts) || (a.wanted < b.wanted ? -1 : 1))
}

function renderExplained(runs: readonly Run[]): string {
  const explained = Map.groupBy(failures(runs), ({ name }) => upstreamFailsToo(name))
  const parts = [...explained].flatMap(([reason, of]) =>
    reason === null
      ? []
      : [`${of.length} × the test ${reason}:\n\n${of.map(({ name, on }) => `- \`${name}\` (${on})\n`).join('')}`],
  )
  if (parts.length === 0) return 'None.\n'
  const proof = 'The proof is in [compatibility](../compatibility.md#tests-of-upstreams-that-fail).'
  return `${proof}\n\n${parts.join('\n')}`
}

function renderSkips(runs: readonly Run[]): string {
  const rows = skips(runs).map(({ wanted, counts }) => {
    const name = /\s/.test(wanted) ? wanted : `\`${wanted}\``
    return `| ${[name, ...counts, notAskedFor(wanted) ?? '**open**'].join(' | ')} |`
  })
  const columns = ['Wanted', ...runs.map(({ database }) => `${database}: tests or classes`), 'Why it may be missing']
  return [`| ${columns.join(' | ')} |`, `|${'---|'.repeat(columns.length)}`, ...rows].join('\n')
}
