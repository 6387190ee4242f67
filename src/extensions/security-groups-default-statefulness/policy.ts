/** Who says whether new groups are stateful: managers of the project. Source: Neutron's default policies. */
export default [
  { name: 'create_security_groups_default_statefulness', rule: 'rule:admin_or_project_manager' },
  { name: 'get_security_groups_default_statefulness', rule: 'rule:admin_or_project_reader' },
  { name: 'update_security_groups_default_statefulness', rule: 'rule:admin_or_project_manager' },
  { name: 'delete_security_groups_default_statefulness', rule: 'rule:admin_or_project_manager' },
]
