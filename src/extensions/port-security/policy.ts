/**
 * A network's owner says whether its ports are looked at; whoever only uses the network does not. Source: upstream's
 * default policies.
 */
const ADMIN_SERVICE_OR_OWNER = 'rule:context_is_admin or rule:service_api or rule:network_owner_member'

export default [
  { name: 'create_network:port_security_enabled', rule: 'rule:admin_or_project_member' },
  { name: 'update_network:port_security_enabled', rule: 'rule:admin_or_project_member' },
  { name: 'create_port:port_security_enabled', rule: ADMIN_SERVICE_OR_OWNER },
  { name: 'update_port:port_security_enabled', rule: ADMIN_SERVICE_OR_OWNER },
]
