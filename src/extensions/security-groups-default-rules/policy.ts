/** Who may do what with default security group rules: all read, administrators write. Source: Neutron's policies. */
export default [
  { name: 'create_default_security_group_rule', rule: 'rule:admin_only' },
  { name: 'get_default_security_group_rule', rule: 'role:reader' },
  { name: 'delete_default_security_group_rule', rule: 'rule:admin_only' },
]
