/** Agents are the operator's. Source: Neutron's default policies. */
export default [
  { name: 'get_agent', rule: 'rule:admin_only' },
  { name: 'update_agent', rule: 'rule:admin_only' },
  { name: 'delete_agent', rule: 'rule:admin_only' },
]
