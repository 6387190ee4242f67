/** A project's members have its network; the default external network is the operator's. Source: upstream's policies. */
export default [
  { name: 'get_auto_allocated_topology', rule: 'rule:admin_or_project_reader' },
  { name: 'delete_auto_allocated_topology', rule: 'rule:admin_or_project_member' },
  { name: 'create_network:is_default', rule: 'rule:admin_only' },
  { name: 'update_network:is_default', rule: 'rule:admin_only' },
]
