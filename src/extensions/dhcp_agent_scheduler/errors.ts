/** Errors of scheduling networks to DHCP agents. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const InvalidDHCPAgent = errorType(
  'InvalidDHCPAgent',
  404,
  'Agent %(id)s is not a valid DHCP Agent or has been disabled.',
)
export const NetworkHostedByDHCPAgent = errorType(
  'NetworkHostedByDHCPAgent',
  409,
  'The network %(network_id)s has been already hosted by the DHCP Agent %(agent_id)s.',
)
export const NetworkNotHostedByDhcpAgent = errorType(
  'NetworkNotHostedByDhcpAgent',
  409,
  'The network %(network_id)s is not hosted by the DHCP Agent %(agent_id)s.',
)
