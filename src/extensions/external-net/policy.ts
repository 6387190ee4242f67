/**
 * Only administrators make a network external; everybody sees external networks. Source: upstream's default policies.
 */
export default [
  { name: 'external_network', rule: 'field:subnets:router:external=True' },
  { name: 'create_network:router:external', rule: 'rule:admin_only' },
  { name: 'update_network:router:external', rule: 'rule:admin_only' },
]
