/** Who may do what with networks. Source: upstream's default policies. */
export default [
  { name: 'create_network', rule: 'rule:admin_or_project_member' },
  { name: 'create_network:shared', rule: 'rule:admin_only' },
  {
    name: 'get_network',
    rule: 'rule:admin_or_project_reader or rule:service_api or rule:shared or rule:external or rule:context_is_advsvc',
  },
  { name: 'update_network', rule: 'rule:admin_or_project_member' },
  { name: 'update_network:shared', rule: 'rule:admin_only' },
  { name: 'delete_network', rule: 'rule:admin_or_project_member' },
]
