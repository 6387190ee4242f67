/** Who may do what with ports. Source: upstream's default policies. */
const adminServiceOrOwner = 'rule:context_is_admin or rule:service_api or rule:network_owner_member'
const adminServiceOrMember = 'rule:admin_or_project_member or rule:service_api'

export default [
  { name: 'create_port', rule: `${adminServiceOrOwner} or rule:shared` },
  { name: 'create_port:device_id', rule: adminServiceOrMember },
  { name: 'create_port:device_owner', rule: `not rule:network_device or ${adminServiceOrOwner}` },
  { name: 'create_port:mac_address', rule: adminServiceOrOwner },
  { name: 'create_port:fixed_ips', rule: `${adminServiceOrOwner} or rule:shared` },
  { name: 'create_port:fixed_ips:ip_address', rule: adminServiceOrOwner },
  { name: 'create_port:fixed_ips:subnet_id', rule: `${adminServiceOrOwner} or rule:shared` },
  {
    name: 'get_port',
    rule: 'rule:context_is_admin or rule:service_api or rule:network_owner_reader or rule:project_reader',
  },
  { name: 'update_port', rule: adminServiceOrMember },
  { name: 'update_port:device_id', rule: adminServiceOrMember },
  { name: 'update_port:device_owner', rule: `not rule:network_device or ${adminServiceOrOwner}` },
  {
    name: 'update_port:mac_address',
    rule: 'rule:context_is_admin or rule:service_api or (role:manager and rule:network_owner)',
  },
  { name: 'update_port:fixed_ips', rule: adminServiceOrOwner },
  { name: 'update_port:fixed_ips:ip_address', rule: adminServiceOrOwner },
  { name: 'update_port:fixed_ips:subnet_id', rule: `${adminServiceOrOwner} or rule:shared` },
  {
    name: 'delete_port',
    rule: 'rule:context_is_admin or rule:service_api or rule:network_owner_member or rule:project_member',
  },
]
