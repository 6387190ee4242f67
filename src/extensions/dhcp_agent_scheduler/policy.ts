/** Scheduling is the operator's. Source: Neutron's default policies. */
export default [
  { name: 'get_dhcp-networks', rule: 'rule:admin_only' },
  { name: 'create_dhcp-network', rule: 'rule:admin_only' },
  { name: 'delete_dhcp-network', rule: 'rule:admin_only' },
  { name: 'get_dhcp-agents', rule: 'rule:admin_only' },
]
