/** Who may do what with address scopes. Source: upstream's default policies. */
export default [
  { name: 'shared_address_scopes', rule: 'field:address_scopes:shared=True' },
  { name: 'create_address_scope', rule: 'rule:admin_or_project_member' },
  { name: 'create_address_scope:shared', rule: 'rule:admin_only' },
  { name: 'get_address_scope', rule: 'rule:admin_only or rule:project_reader or rule:shared_address_scopes' },
  { name: 'update_address_scope', rule: 'rule:admin_or_project_member' },
  { name: 'update_address_scope:shared', rule: 'rule:admin_only' },
  { name: 'delete_address_scope', rule: 'rule:admin_or_project_member' },
]
