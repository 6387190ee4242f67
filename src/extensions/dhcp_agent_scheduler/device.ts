/** How a DHCP agent's port is known. Source: reference of agents and RPC, §6; RFC 9562, version 5. Pure. */
import { uuid5Dns } from '#base/ids.ts'

export const DHCP_OWNER = 'network:dhcp'
/** A port kept for the next agent that serves its network. */
export const RESERVED_DEVICE = 'reserved_dhcp_port'

/** Only the first label of the host's name counts: agents may be configured with either form. */
export function dhcpDeviceId(networkId: string, host: string): string {
  return `dhcp${uuid5Dns(host.split('.')[0]!)}-${networkId}`
}
