/** Names of patch and tunnel ports. Pure. Source: the reference of agents and RPC, §10. */
import { createHash } from 'node:crypto'
import { parseIp } from '#base/ip.ts'

const DEVICE_CHARS_MAX = 15

/** `int-br-ex` or `phy-br-ex`; a name that would be too long ends in a part of its hash. */
export function patchName(prefix: 'int-' | 'phy-', bridge: string): string {
  const name = prefix + bridge
  if (name.length <= DEVICE_CHARS_MAX) return name
  return name.slice(0, DEVICE_CHARS_MAX - 6) + createHash('sha1').update(bridge).digest('hex').slice(0, 6)
}

/** `vxlan-0a000003`; for IPv6 a hash in base 32. */
export function tunnelName(type: string, remote: string): string {
  const ip = parseIp(remote)
  const room = DEVICE_CHARS_MAX - type.length - 1
  if (ip?.version === 4) return `${type}-${ip.value.toString(16).padStart(8, '0')}`
  return `${type}-${base32(createHash('sha1').update(remote).digest()).slice(0, room)}`
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
    .join('')
}
