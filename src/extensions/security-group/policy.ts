/** Who may do what with security groups: members of the group's project. Source: Neutron's default policies. */
export default [
  { name: 'create_security_group', rule: 'rule:admin_or_project_member' },
  { name: 'shared_security_group', rule: 'field:security_groups:shared=True' },
  { name: 'get_security_group', rule: 'rule:admin_or_project_reader or rule:shared_security_group' },
  { name: 'update_security_group', rule: 'rule:admin_or_project_member' },
  { name: 'delete_security_group', rule: 'rule:admin_or_project_member' },
  { name: 'create_security_group_rule', rule: 'rule:context_is_admin or rule:sg_owner_member' },
  { name: 'get_security_group_rule', rule: 'rule:context_is_admin or rule:sg_owner_reader' },
  { name: 'delete_security_group_rule', rule: 'rule:context_is_admin or rule:sg_owner_member' },
]
