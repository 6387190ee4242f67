/** Flavors are the operator's to make and everybody's to choose from. Source: upstream's default policies. */
export default [
  { name: 'create_flavor', rule: 'rule:admin_only' },
  { name: 'get_flavor', rule: 'role:reader or rule:admin_only' },
  { name: 'update_flavor', rule: 'rule:admin_only' },
  { name: 'delete_flavor', rule: 'rule:admin_only' },
  { name: 'create_service_profile', rule: 'rule:admin_only' },
  { name: 'get_service_profile', rule: 'rule:admin_only' },
  { name: 'update_service_profile', rule: 'rule:admin_only' },
  { name: 'delete_service_profile', rule: 'rule:admin_only' },
  { name: 'get_flavor_service_profile', rule: 'role:reader or rule:admin_only' },
  { name: 'create_flavor_service_profile', rule: 'rule:admin_only' },
  { name: 'delete_flavor_service_profile', rule: 'rule:admin_only' },
  { name: 'get_flavor_next_provider', rule: 'rule:admin_only' },
  { name: 'get_service_provider', rule: 'role:reader or rule:admin_only' },
]
