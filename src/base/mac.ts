/** MAC addresses: recognise, canonicalise, make. Source: IEEE 802 (48-bit addresses); option `base_mac`. */
import { randomBytes } from 'node:crypto'

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i

export function isMac(text: string): boolean {
  return MAC.test(text)
}

/** Lower case with colons, from colons, dashes or dots; null when it is no MAC address. */
export function canonicalMac(text: string): string | null {
  const digits = text.replaceAll(/[:.-]/g, '').toLowerCase()
  return /^[0-9a-f]{12}$/.test(digits) ? digits.match(/../g)!.join(':') : null
}

/** A random address below `base`: its first three octets are kept, the fourth too unless it is 00. */
export function randomMac(base: string): string {
  const octets = base.split(':')
  const kept = octets[3] === '00' ? 3 : 4
  const made = [...randomBytes(6 - kept)].map((byte) => byte.toString(16).padStart(2, '0'))
  return [...octets.slice(0, kept), ...made].join(':').toLowerCase()
}
