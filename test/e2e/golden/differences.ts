/**
 * Where our command answers otherwise than Debian's, on purpose. Each has a row in docs/compatibility.md, with the
 * reason; what is listed and does not differ fails the comparison as well.
 */

export type Part = 'status' | 'out' | 'err'

export interface Difference {
  /** The first words of its row in docs/compatibility.md. */
  readonly row: string
  readonly parts: readonly Part[]
  /** Command lines, as the topics have them. */
  readonly lines: readonly string[]
}

export const DIFFERENCES: readonly Difference[] = [
  {
    row: '`-F` with a field that an object does not have',
    parts: ['status', 'out', 'err'],
    lines: ['net-show red -F nonsense'],
  },
  {
    row: '`-D` of a list',
    parts: ['status', 'out', 'err'],
    lines: [
      'agent-list -D --host host-1 --agent_type "DHCP agent"',
      'net-list -D',
      'net-list --show-details --name red',
      'net-list --show_details --name red',
      'subnet-list -D --name red4',
      'port-list -D --name rich',
      'router-list -D --name gate',
      'floatingip-list -D',
      'security-group-list -D --name web',
      'security-group-rule-list -D --protocol tcp',
      'rbac-list -D',
    ],
  },
  {
    row: '`--os-auth-type`, `--os-endpoint`',
    parts: ['err'],
    lines: [
      '--os-tenant-name admin --os-project-name admin net-list',
      '-r x net-list',
      '-r -1 net-list',
      '--http-timeout x net-list',
    ],
  },
  {
    row: '`--os-url` with `--os-token`, `OS_URL` with `OS_TOKEN`',
    parts: ['err'],
    lines: ['--os-url http://127.0.0.1:1 --os-token x net-list', '--os-url {api} --os-token x net-list'],
  },
  { row: '`--os-service-type`', parts: ['status', 'out', 'err'], lines: ['--os-service-type nothing net-list'] },
  {
    row: 'A service that does not answer',
    parts: ['err'],
    lines: ['--os-auth-url http://127.0.0.1:1/v3 net-list'],
  },
  {
    row: 'Help and summaries of commands and options',
    parts: ['out'],
    lines: ['help nonsense', 'help net-lost'],
  },
  { row: '`--all-tenants`', parts: ['status', 'out', 'err'], lines: ['net-list --all-tenants'] },
  {
    row: 'A dictionary as a filter',
    parts: ['err'],
    lines: ['port-list -- --fixed_ips type=dict ip_address=10.1.0.11'],
  },
  {
    row: '`--binding-profile` that is no JSON',
    parts: ['err'],
    lines: ['port-create port-net --binding-profile nonsense'],
  },
  {
    row: '`router-interface-add` of what is neither subnet nor port',
    parts: ['err'],
    lines: ['router-interface-add one nonsense=router-sub'],
  },
  { row: 'An id or a tag with `/`, `?` or `#`', parts: ['err'], lines: ['floatingip-show a/b'] },
  {
    row: 'An id or a tag with `/`, `?` or `#`',
    parts: ['status', 'out', 'err'],
    lines: ['quota-show a/b'],
  },
  {
    row: 'An id or a tag with `/`, `?` or `#`',
    parts: ['status', 'err'],
    lines: [
      'tag-add --resource-type network --resource tag-net --tag a/b?c',
      'tag-remove --resource-type network --resource tag-net --tag a/b?c',
    ],
  },
  {
    row: 'A flavor profile by a name',
    parts: ['err'],
    lines: [
      'flavor-profile-show nothing',
      'flavor-profile-update nothing --description x',
      'flavor-profile-delete nothing',
    ],
  },
  {
    row: '`rbac-create --type`',
    parts: ['err'],
    lines: [
      'rbac-create rbac-net --type network --action nonsense',
      'rbac-create rbac-net --type network',
      'rbac-create rbac-net --action access_as_shared',
      'rbac-create --type network --action access_as_shared',
    ],
  },
]

/** What a command takes beside what Debian's takes, as usage says it; the row that says why. */
export const MORE_TAKEN: Readonly<Record<string, { readonly row: string; readonly parts: readonly string[] }>> = {}

/** What a command takes otherwise than Debian's: its part of the usage by ours. */
export const TAKEN_OTHERWISE: Readonly<
  Record<string, { readonly row: string; readonly parts: Readonly<Record<string, string>> }>
> = {
  'rbac-create': {
    row: '`rbac-create --type`',
    parts: {
      '--type {network,qos-policy}':
        '--type {network,qos-policy,security-group,address-scope,address-group,subnetpool}',
    },
  },
}
