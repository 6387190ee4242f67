/** Who may do what with subnet pools. Source: upstream's default policies. */
export default [
  { name: 'shared_subnetpools', rule: 'field:subnetpools:shared=True' },
  { name: 'create_subnetpool', rule: 'rule:admin_or_project_member' },
  { name: 'create_subnetpool:shared', rule: 'rule:admin_only' },
  { name: 'create_subnetpool:is_default', rule: 'rule:admin_only' },
  { name: 'get_subnetpool', rule: 'rule:admin_or_project_reader or rule:shared_subnetpools' },
  { name: 'update_subnetpool', rule: 'rule:admin_or_project_member' },
  { name: 'update_subnetpool:is_default', rule: 'rule:admin_only' },
  { name: 'delete_subnetpool', rule: 'rule:admin_or_project_member' },
  { name: 'onboard_network_subnets', rule: 'rule:admin_or_project_member' },
  { name: 'add_prefixes', rule: 'rule:admin_or_project_member' },
  { name: 'remove_prefixes', rule: 'rule:admin_or_project_member' },
]
