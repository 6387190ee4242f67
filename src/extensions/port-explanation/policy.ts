/**
 * Who may have a port explained: who may see it. Hosts, agents and what they found are the operator's; others are told
 * the same steps in words without them.
 */
export default [
  {
    name: 'get_port_explanation',
    rule: 'rule:context_is_admin or rule:service_api or rule:network_owner_reader or rule:project_reader',
  },
  { name: 'get_port_explanation:agents', rule: 'rule:context_is_admin or rule:service_api' },
]
