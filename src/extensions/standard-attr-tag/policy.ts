/**
 * Who may read and set tags: who may read and change what carries them. Both of upstream's names are there, the old
 * (`get_networks_tags`) and the new (`get_network:tags`): a policy file may say either. Source: upstream's default
 * policies.
 */
interface Rule {
  readonly name: string
  readonly rule: string
}

const member = 'rule:admin_or_project_member'
const networkOwner = 'rule:admin_or_network_owner_member'

export default [
  ...rulesOf('network', 'networks', { write: member }),
  ...rulesOf('subnet', 'subnets', { write: `rule:project_member or ${networkOwner}` }),
  ...rulesOf('port', 'ports', {
    write: `${member} or rule:context_is_advsvc`,
    remove: `rule:context_is_advsvc or rule:project_member or ${networkOwner}`,
  }),
  ...rulesOf('subnetpool', 'subnetpools', { write: member }),
  ...rulesOf('router', 'routers', { write: member }),
  ...rulesOf('floatingip', 'floatingips', { write: member }),
  ...rulesOf('security_group', 'security_groups', { write: member }),
  ...rulesOf('network_segment_range', 'network_segment_ranges', { write: 'rule:admin_only' }),
]

function rulesOf(resource: string, collection: string, rules: { write: string; remove?: string }): Rule[] {
  const { write, remove = write } = rules
  const pairs = { get: `rule:get_${resource}`, create: write, update: write, delete: remove }
  return Object.entries(pairs).flatMap(([verb, rule]) => [
    { name: `${verb}_${collection}_tags`, rule },
    { name: `${verb}_${resource}:tags`, rule: `rule:${verb}_${collection}_tags` },
  ])
}
