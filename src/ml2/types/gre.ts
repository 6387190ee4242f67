/** Type driver `gre`. Source: RFC 2890 (32-bit key; 8 bytes of header with it, and the inner Ethernet header's 14). */
import type { TypeDriver } from '#ml2/driver.ts'
import { type TunnelSettings, tunnel } from './tunnel.ts'

export function gre(settings: TunnelSettings): TypeDriver {
  return tunnel('gre', { ...settings, headerBytes: 22, idMax: 2 ** 32 - 1 })
}
