/**
 * Who may have something explained: who may see it. Hosts, agents and what they found are the operator's; others are
 * told the same steps in words without them.
 */
const AGENTS = 'rule:context_is_admin or rule:service_api'

export default [
  {
    name: 'get_port_explanation',
    rule: 'rule:context_is_admin or rule:service_api or rule:network_owner_reader or rule:project_reader',
  },
  { name: 'get_port_explanation:agents', rule: AGENTS },
  { name: 'get_network_explanation', rule: 'rule:admin_or_project_reader or rule:service_api' },
  { name: 'get_network_explanation:agents', rule: AGENTS },
  { name: 'get_router_explanation', rule: 'rule:admin_or_project_reader or rule:service_api' },
  { name: 'get_router_explanation:agents', rule: AGENTS },
  { name: 'get_floatingip_explanation', rule: 'rule:admin_or_project_reader or rule:service_api' },
  { name: 'get_floatingip_explanation:agents', rule: AGENTS },
]
