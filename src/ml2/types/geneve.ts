/** Type driver `geneve`. Source: RFC 8926 (24-bit ids; the header's size varies and is an option). */
import type { TypeDriver } from '#ml2/driver.ts'
import { type TunnelSettings, tunnel } from './tunnel.ts'

export function geneve(settings: TunnelSettings & { readonly headerBytes: number }): TypeDriver {
  return tunnel('geneve', { ...settings, idMax: 2 ** 24 - 1 })
}
