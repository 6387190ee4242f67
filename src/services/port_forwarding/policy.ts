/** Who may do what with port forwardings: the floating IP's owner decides. Source: upstream's default policies. */
const member = 'rule:admin_only or rule:ext_parent_owner_member'
const reader = 'rule:admin_only or rule:ext_parent_owner_reader'

export default [
  { name: 'create_floatingip_port_forwarding', rule: member },
  { name: 'get_floatingip_port_forwarding', rule: reader },
  { name: 'update_floatingip_port_forwarding', rule: member },
  { name: 'delete_floatingip_port_forwarding', rule: member },
]
