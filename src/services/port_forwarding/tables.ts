/** Port forwardings. Whose they are, and which router they go through, is the floating IP's to say. */
import { table } from '#store/store.ts'

export interface PortForwarding {
  id: string
  description: string
  floatingip_id: string
  protocol: string
  /** Null for a range of several. */
  external_port: number | null
  /** `<first>:<last>`, also of one port. */
  external_port_range: string
  internal_port_id: string
  internal_ip_address: string
  internal_port: number | null
  internal_port_range: string
}

export const portForwardings = table<PortForwarding>('port_forwardings', {
  id: 'text',
  description: 'text',
  floatingip_id: 'text',
  protocol: 'text',
  external_port: 'integer',
  external_port_range: 'text',
  internal_port_id: 'text',
  internal_ip_address: 'text',
  internal_port: 'integer',
  internal_port_range: 'text',
})
