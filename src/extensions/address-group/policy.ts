/** Who may do what with address groups: members of the group's project. Source: Neutron's default policies. */
export default [
  { name: 'create_address_group', rule: 'rule:admin_or_project_member' },
  { name: 'shared_address_groups', rule: 'field:address_groups:shared=True' },
  { name: 'get_address_group', rule: 'rule:admin_or_project_reader or rule:shared_address_groups' },
  { name: 'update_address_group', rule: 'rule:admin_or_project_member' },
  { name: 'delete_address_group', rule: 'rule:admin_or_project_member' },
  { name: 'add_addresses', rule: 'rule:admin_or_project_member' },
  { name: 'remove_addresses', rule: 'rule:admin_or_project_member' },
]
