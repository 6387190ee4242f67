/** Who may do what with routers and floating IPs. Source: upstream's default policies. */
const member = 'rule:admin_or_project_member'
const reader = 'rule:admin_or_project_reader'
const admin = 'rule:admin_only'

export default [
  { name: 'create_router', rule: member },
  { name: 'create_router:external_gateway_info', rule: member },
  { name: 'create_router:external_gateway_info:network_id', rule: member },
  { name: 'create_router:external_gateway_info:enable_snat', rule: admin },
  { name: 'create_router:external_gateway_info:external_fixed_ips', rule: admin },
  { name: 'get_router', rule: reader },
  { name: 'update_router', rule: member },
  { name: 'update_router:external_gateway_info', rule: member },
  { name: 'update_router:external_gateway_info:network_id', rule: member },
  { name: 'update_router:external_gateway_info:enable_snat', rule: admin },
  { name: 'update_router:external_gateway_info:external_fixed_ips', rule: admin },
  { name: 'delete_router', rule: member },
  { name: 'add_router_interface', rule: member },
  { name: 'remove_router_interface', rule: member },
  { name: 'add_extraroutes', rule: member },
  { name: 'remove_extraroutes', rule: member },
  { name: 'create_floatingip', rule: member },
  { name: 'create_floatingip:floating_ip_address', rule: 'rule:admin_or_project_manager' },
  { name: 'get_floatingip', rule: reader },
  { name: 'update_floatingip', rule: member },
  { name: 'delete_floatingip', rule: member },
  { name: 'get_floatingip_pool', rule: reader },
  { name: 'get_l3-routers', rule: admin },
  { name: 'create_l3-router', rule: admin },
  { name: 'delete_l3-router', rule: admin },
  { name: 'get_l3-agents', rule: admin },
]
