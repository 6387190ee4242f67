/** Where a port is plugged concerns administrators and services. Source: upstream's default policies. */
const ADMIN_OR_SERVICE = 'rule:context_is_admin or rule:service_api'
const MEMBER = 'rule:admin_or_project_member or rule:service_api'

export default [
  { name: 'create_port:binding:host_id', rule: ADMIN_OR_SERVICE },
  // Upstream lets only the service role set it; administrators keep the right they had in all earlier releases.
  { name: 'create_port:binding:profile', rule: ADMIN_OR_SERVICE },
  { name: 'create_port:binding:vnic_type', rule: MEMBER },
  { name: 'get_port:binding:vif_type', rule: ADMIN_OR_SERVICE },
  { name: 'get_port:binding:vif_details', rule: ADMIN_OR_SERVICE },
  { name: 'get_port:binding:host_id', rule: ADMIN_OR_SERVICE },
  { name: 'get_port:binding:profile', rule: ADMIN_OR_SERVICE },
  { name: 'update_port:binding:host_id', rule: ADMIN_OR_SERVICE },
  { name: 'update_port:binding:profile', rule: ADMIN_OR_SERVICE },
  { name: 'update_port:binding:vnic_type', rule: MEMBER },
]
