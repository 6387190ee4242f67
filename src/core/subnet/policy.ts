/** Who may do what with subnets. Source: upstream's default policies. */
export default [
  { name: 'create_subnet', rule: 'rule:admin_or_network_owner_member' },
  { name: 'create_subnet:service_types', rule: 'rule:admin_only' },
  {
    name: 'get_subnet',
    rule:
      'rule:project_reader or rule:shared or rule:external_network or rule:admin_or_network_owner_reader or ' +
      'rule:service_api',
  },
  { name: 'update_subnet', rule: 'rule:project_member or rule:admin_or_network_owner_member' },
  { name: 'update_subnet:service_types', rule: 'rule:admin_only' },
  { name: 'delete_subnet', rule: 'rule:project_member or rule:admin_or_network_owner_member' },
]
