/** A router's gateways, the first and those beside it, and which of them a floating IP is at. Pure. */
import type { FloatingIpInfo, RouterInfo, RouterPort } from '#rpc/contract/l3.ts'

/** Linux takes 15 characters for a device's name. */
export const PORT_ID_CHARACTERS = 11

export function gatewayDevice(portId: string): string {
  return `qg-${portId.slice(0, PORT_ID_CHARACTERS)}`
}

export interface Gateway {
  readonly port: RouterPort
  readonly device: string
  readonly enable_snat: boolean
}

/** All of them, the first one first. */
export function gatewaysOf({
  gw_port,
  enable_snat,
  _extra_gateways = [],
}: Pick<RouterInfo, 'gw_port' | 'enable_snat' | '_extra_gateways'>): Gateway[] {
  const all = gw_port ? [{ port: gw_port, enable_snat }, ..._extra_gateways] : []
  return all.map(({ port, enable_snat }) => ({ port, enable_snat, device: gatewayDevice(port.id) }))
}

/** The gateway a floating IP is at: that on its network. */
export function gatewayAt(gateways: readonly Gateway[], { floating_network_id }: FloatingIpInfo): Gateway | undefined {
  return gateways.find(({ port }) => port.network_id === floating_network_id) ?? gateways[0]
}
