/**
 * Gratuitous ARP: tells the neighbours on a device's segment where an address is now, as request and as reply, because
 * some hosts heed only one of them. Sent by this process over a packet socket; no program is started.
 * Source: RFC 826; RFC 5227 §3 (announcements); packet(7).
 */

import { close } from 'node:fs'
import { parseIp } from '#base/ip.ts'
import { sleep } from '#base/lifetime.ts'
import { inside } from './inside.ts'
import { checked, libc } from './libc.ts'
import type { Netns } from './netns.ts'

const AF_PACKET = 17
const SOCK_RAW_CLOEXEC = 3 | 0o2000000
const ETH_P_ARP = 0x0806
const ARPHRD_ETHER = 1
const [REQUEST, REPLY] = [1, 2] as const
const BROADCAST = Buffer.from('ffffffffffff', 'hex')

/** When the rounds are sent: a port may still be being wired at the first, and hosts may lock an entry for a second. */
const ROUND_MS = [0, 500, 2_000, 4_000] as const

export interface Announcement {
  readonly device: string
  readonly mac: string
  /** IPv4; for IPv6, neighbour discovery does this by itself. */
  readonly address: string
}

/** One round: a request and a reply for each. A device that is gone is passed over. @throws OperatingError */
export function sendGratuitousArp(netns: Netns, announcements: readonly Announcement[]): void {
  inside(netns, () => {
    const { socket, sendto, if_nametoindex } = libc()
    const fd = checked('socket', socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0))
    try {
      for (const { device, mac, address } of announcements) {
        const index = if_nametoindex(device)
        if (index === 0) continue
        for (const operation of [REQUEST, REPLY] as const) {
          const frame = arpFrame(operation, mac, address)
          const target = linkAddress(index)
          checked('sendto', sendto(fd, frame, frame.length, 0, target, target.length))
        }
      }
    } finally {
      // The kernel takes milliseconds to close a packet socket: not on this thread.
      close(fd, () => {})
    }
  })
}

/** Several rounds over a few seconds; ends early without an error when the signal aborts. @throws OperatingError */
export async function announce(
  netns: Netns,
  announcements: readonly Announcement[],
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now()
  for (const atMs of ROUND_MS) {
    const aborted = await sleep(Math.max(0, atMs - (performance.now() - started)), signal).then(
      () => false,
      () => true,
    )
    if (aborted) return
    sendGratuitousArp(netns, announcements)
  }
}

/** Pure. An Ethernet frame that says: this address is at this MAC. */
export function arpFrame(operation: 1 | 2, mac: string, address: string): Buffer {
  const sender = Buffer.from(mac.replaceAll(':', ''), 'hex')
  const ip = Buffer.alloc(4)
  ip.writeUInt32BE(Number(parseIp(address)?.value ?? 0n))
  const head = Buffer.alloc(10)
  head.writeUInt16BE(ETH_P_ARP, 0)
  head.writeUInt16BE(ARPHRD_ETHER, 2)
  head.writeUInt16BE(0x0800, 4)
  head.writeUInt8(6, 6)
  head.writeUInt8(4, 7)
  head.writeUInt16BE(operation, 8)
  return Buffer.concat([BROADCAST, sender, head, sender, ip, BROADCAST, ip])
}

/** `struct sockaddr_ll` of the broadcast address behind that interface. */
function linkAddress(index: number): Buffer {
  const address = Buffer.alloc(20)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16BE(ETH_P_ARP, 2)
  address.writeInt32LE(index, 4)
  address.writeUInt8(6, 11)
  BROADCAST.copy(address, 12)
  return address
}
