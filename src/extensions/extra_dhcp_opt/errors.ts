/** Errors of extra DHCP options. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const DuplicateDhcpOption = errorType(
  'NeutronDbObjectDuplicateEntry',
  409,
  "Failed to create a duplicate PortExtraDhcpOpt: for attribute(s) ['port_id', 'opt_name', 'ip_version'] with value(s) %(opt_name)s-%(ip_version)s",
)
