/**
 * Type driver `vxlan`. Source: RFC 7348 (24-bit ids; 8 bytes of header, 8 of UDP and the inner Ethernet header's 14).
 */
import type { TypeDriver } from '#ml2/driver.ts'
import { type TunnelSettings, tunnel } from './tunnel.ts'

export function vxlan(settings: TunnelSettings): TypeDriver {
  return tunnel('vxlan', { ...settings, headerBytes: 30, idMax: 2 ** 24 - 1 })
}
