/**
 * Changes of a namespace's links, addresses and routes over rtnetlink, made by the calling process: no program is
 * started and none is waited for. Each change is idempotent. Moving and deleting devices, which the kernel is slow at,
 * is for netlink-move.ts. Source: rtnetlink(7), netlink(7), linux/rtnetlink.h.
 */
import { getSystemErrorName } from 'node:util'
import { OperatingError } from '#base/errors.ts'
import { parseIp } from '#base/ip.ts'
import { inside } from './inside.ts'
import { libc } from './libc.ts'
import type { Netns } from './netns.ts'
import { attribute, message, openRtnetlinkHere, send } from './rtnetlink.ts'

export type NetlinkChange =
  | { readonly do: 'set-up'; readonly device: string }
  | { readonly do: 'set-device'; readonly device: string; readonly mac: string; readonly mtu: number }
  /** `10.0.0.2/24`. An IPv6 address is not looked for elsewhere first (no duplicate address detection). */
  | { readonly do: 'add-address' | 'delete-address'; readonly device: string; readonly cidr: string }
  | {
      readonly do: 'replace-route' | 'delete-route'
      readonly device: string
      readonly version: 4 | 6
      /** A CIDR, or `default`. */
      readonly destination: string
      /** Null: on the link. */
      readonly via: string | null
    }

const [REPLACE, CREATE] = [0x100, 0x400]
const [RTM_NEWLINK, RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE, RTM_DELROUTE] = [16, 20, 21, 24, 25]
const [AF_INET, AF_INET6, IFF_UP, IFA_F_NODAD] = [2, 10, 1, 2]
const [IFLA_ADDRESS, IFLA_MTU, IFA_ADDRESS, IFA_LOCAL] = [1, 4, 1, 2]
const [RTA_DST, RTA_OIF, RTA_GATEWAY] = [1, 4, 5]
const [TABLE_MAIN, PROTOCOL_BOOT, UNICAST, SCOPE_LINK, SCOPE_NOWHERE] = [254, 3, 1, 253, 255]
/** What says that there is nothing left to delete: ESRCH, ENODEV, EADDRNOTAVAIL. */
const GONE: readonly number[] = [3, 19, 99]

/** Makes the changes in that order. @throws OperatingError at the first one the kernel refuses. */
export function changeNetns(netns: Netns, changes: readonly NetlinkChange[]): void {
  if (changes.length === 0) return
  inside(netns, () => {
    const socket = openRtnetlinkHere()
    try {
      for (const change of changes) apply(socket, change)
    } finally {
      libc().close(socket)
    }
  })
}

function apply(socket: number, change: NetlinkChange): void {
  const index = libc().if_nametoindex(change.device)
  const isDeletion = change.do.startsWith('delete')
  if (index === 0) {
    if (isDeletion) return
    throw new OperatingError(`${change.do}: no device ${change.device}`)
  }
  const errno = send(socket, renderChange(change, index))
  if (errno === 0 || (isDeletion && GONE.includes(errno))) return
  throw new OperatingError(`${JSON.stringify(change)}: ${getSystemErrorName(-errno)}`)
}

/** The request as the kernel reads it, for the device of that index. Pure. */
export function renderChange(change: NetlinkChange, index: number): Buffer {
  switch (change.do) {
    case 'set-up': {
      const body = Buffer.alloc(16)
      body.writeInt32LE(index, 4)
      body.writeUInt32LE(IFF_UP, 8)
      body.writeUInt32LE(IFF_UP, 12)
      return message(RTM_NEWLINK, 0, body)
    }
    case 'set-device': {
      const head = Buffer.alloc(16)
      head.writeInt32LE(index, 4)
      const mac = Buffer.from(change.mac.replaceAll(':', ''), 'hex')
      const mtu = Buffer.alloc(4)
      mtu.writeUInt32LE(change.mtu)
      return message(RTM_NEWLINK, 0, Buffer.concat([head, attribute(IFLA_ADDRESS, mac), attribute(IFLA_MTU, mtu)]))
    }
    case 'add-address':
      return message(RTM_NEWADDR, CREATE | REPLACE, addressBody(change.cidr, index))
    case 'delete-address':
      return message(RTM_DELADDR, 0, addressBody(change.cidr, index))
    case 'replace-route':
      return message(RTM_NEWROUTE, CREATE | REPLACE, routeBody(change, index))
    case 'delete-route':
      return message(RTM_DELROUTE, 0, routeBody(change, index))
  }
}

function addressBody(cidr: string, index: number): Buffer {
  const [text = '', length] = cidr.split('/')
  const { version, bytes } = bytesOf(text)
  const head = Buffer.alloc(8)
  head[0] = version === 4 ? AF_INET : AF_INET6
  head[1] = Number(length)
  head[2] = version === 6 ? IFA_F_NODAD : 0
  head.writeUInt32LE(index, 4)
  return Buffer.concat([head, attribute(IFA_LOCAL, bytes), attribute(IFA_ADDRESS, bytes)])
}

function routeBody(change: Extract<NetlinkChange, { destination: string }>, index: number): Buffer {
  const { version, destination, via } = change
  const [text = '', length] = destination === 'default' ? ['', '0'] : destination.split('/')
  const head = Buffer.alloc(12)
  head[0] = version === 4 ? AF_INET : AF_INET6
  head[1] = Number(length)
  head[4] = TABLE_MAIN
  head[5] = PROTOCOL_BOOT
  // Only IPv4 has scopes; to delete, any will do.
  if (version === 4 && via === null) head[6] = SCOPE_LINK
  if (change.do === 'delete-route') [head[5], head[6]] = [0, SCOPE_NOWHERE]
  head[7] = UNICAST
  const device = Buffer.alloc(4)
  device.writeUInt32LE(index)
  return Buffer.concat([
    head,
    ...(text === '' ? [] : [attribute(RTA_DST, bytesOf(text).bytes)]),
    ...(via === null ? [] : [attribute(RTA_GATEWAY, bytesOf(via).bytes)]),
    attribute(RTA_OIF, device),
  ])
}

function bytesOf(text: string): { version: 4 | 6; bytes: Buffer } {
  const ip = parseIp(text)
  if (!ip) throw new TypeError(`not an IP address: ${text}`)
  return {
    version: ip.version,
    bytes: Buffer.from(ip.value.toString(16).padStart(ip.version === 4 ? 8 : 32, '0'), 'hex'),
  }
}
