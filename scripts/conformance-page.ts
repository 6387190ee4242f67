/**
 * What the conformance run knows without running anything: Tempest's configuration as text, its output lines as
 * results, the tests whose failure says nothing about this service and why, and docs/reference/conformance.md. Pure.
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

/** By what a test's name contains. The tests are of 2023; the behaviour is upstream's of today. */
const NOT_OURS: readonly { readonly test: string; readonly alias: string; readonly reason: string }[] = [
  {
    test: 'PortsTestJSON.test_create_update_port_security',
    alias: 'port-security',
    reason: 'uses port security without asking whether it is served',
  },
  { test: 'SecGroupQuotaTest.test_sg_quota_decrease_less_than_created', alias: '', reason: LIMIT_CHECKED },
  { test: 'SecGroupQuotaTest.test_sg_quota_values', alias: '', reason: LIMIT_CHECKED },
  { test: 'SecGroupRulesQuotaTest.test_sg_rules_quota_decrease_less_than_created', alias: '', reason: LIMIT_CHECKED },
  { test: 'SecGroupRulesQuotaTest.test_sg_rules_quota_values', alias: '', reason: LIMIT_CHECKED },
  {
    test: 'test_external_network_visibility',
    alias: '',
    reason: 'expects the subnets of external networks to be hidden; `subnet-external-network` shows them to everybody',
  },
  {
    test: 'SubnetsSearchCriteriaTest.test_list_validation_filters',
    alias: '',
    reason: 'expects to see its own subnets only; `subnet-external-network` shows those of external networks too',
  },
]

/** Why a test's failure says nothing about a service that lists these aliases; null when it does. */
export function isNotOurs(name: string, aliases: readonly string[]): string | null {
  const known = NOT_OURS.find(({ test, alias }) => name.includes(test) && !(alias !== '' && aliases.includes(alias)))
  return known?.reason ?? null
}

export interface TempestSettings {
  readonly authUrl: string
  readonly adminPassword: string
  readonly publicNetworkId: string
  readonly aliases: readonly string[]
  /** For its lock files and its log. */
  readonly folder: string
}

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

export interface Run {
  readonly results: readonly TestResult[]
  readonly aliases: readonly string[]
  /** As installed: `tempest 33.0.0`. */
  readonly versions: readonly string[]
  readonly withAgents: boolean
}

export function renderPage({ results, aliases, versions, withAgents }: Run): string {
  const suites = ['tempest.api.network', 'neutron_tempest_plugin.api']
  const rows = suites.map((suite) => {
    const of = results.filter(({ name }) => name.replace(/^\w+ \(/, '').startsWith(`${suite}.`))
    const count = (outcome: TestResult['outcome']) => of.filter((result) => result.outcome === outcome).length
    return `| \`${suite}\` | ${count('passed')} | ${count('failed')} | ${count('skipped')} |`
  })
  const failed = results.filter(({ outcome }) => outcome === 'failed')
  const known = failed.filter(({ name }) => isNotOurs(name, aliases) !== null)
  const reasons = [...new Set(known.map(({ name }) => isNotOurs(name, aliases)!))]
  const open = failed.filter(({ name }) => isNotOurs(name, aliases) === null)
  return `# Conformance

What OpenStack's own tests say of this service, made by \`npm run conformance\`: ${versions.join(', ')};
one worker; ${withAgents ? 'the whole service with its Open vSwitch, DHCP, L3 and metadata agents' : 'the API alone'}.

| Tests | Passed | Failed | Skipped |
|---|---|---|---|
${rows.join('\n')}

## Failed

${open.length === 0 ? 'None that says anything about what is served.' : open.map(({ name }) => `- \`${name}\``).join('\n')}
${reasons.map((reason) => renderReason(reason, known, aliases)).join('')}
## Served

${aliases.map((alias) => `\`${alias}\``).join(',\n')}

## Skipped, by Tempest's own words

${renderSkips(results)}
`
}

function renderReason(reason: string, known: readonly TestResult[], aliases: readonly string[]): string {
  const names = known.filter(({ name }) => isNotOurs(name, aliases) === reason).map(({ name }) => name)
  return `\n${names.length} × the test ${reason}:\n\n${names.map((name) => `- \`${name}\`\n`).join('')}`
}

function renderSkips(results: readonly TestResult[]): string {
  const counts = new Map<string, number>()
  for (const { outcome, reason } of results) {
    if (outcome === 'skipped') counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const rows = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  return ['| Reason | Tests or classes |', '|---|---|', ...rows.map(([reason, n]) => `| ${reason} | ${n} |`)].join('\n')
}
