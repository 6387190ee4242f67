/**
 * What a namespace has of links, addresses and routes, read over rtnetlink by the calling process: an agent that looks
 * at a hundred namespaces starts no hundred programs. It only reads: netlink-change.ts changes.
 * Source: rtnetlink(7), netlink(7), linux/rtnetlink.h.
 */
import { OperatingError } from '#base/errors.ts'
import { formatIp } from '#base/ip.ts'
import { checked, libc } from './libc.ts'
import type { Netns } from './netns.ts'
import { kernelAddress, openRtnetlink } from './rtnetlink.ts'

const NLM_F_REQUEST_DUMP = 0x1 | 0x300
const NLMSG_ERROR = 2
const NLMSG_DONE = 3
const RTM_GETLINK = 18
const RTM_GETADDR = 22
const RTM_GETROUTE = 26
const RTM_GETRULE = 34
const HEADER_BYTES = 16
const RECEIVE_BYTES = 128 * 1024

/** A link without its addresses. */
export interface NetnsDevice {
  readonly name: string
  readonly mac: string
  readonly mtu: number
  readonly up: boolean
  /** Whether its other end works: a tap loses it with the program that made it. */
  readonly carrier: boolean
}

export interface NetnsLink extends NetnsDevice {
  /**
   * `10.0.0.1/24`, canonical, in the kernel's order; without what the kernel made by itself (of the MAC, of router
   * advertisements).
   */
  readonly addresses: readonly string[]
}

export interface NetnsRoute {
  readonly version: 4 | 6
  /** `default` or a CIDR. */
  readonly destination: string
  /** Next hops, sorted; empty for a route that only names a device. */
  readonly via: readonly string[]
  readonly device: string | null
  /** Absent: the main table. */
  readonly table?: number
}

export interface NetnsState {
  readonly links: readonly NetnsLink[]
  /** Unicast routes that somebody set, of all tables: not the kernel's own, not those of router advertisements. */
  readonly routes: readonly NetnsRoute[]
  /**
   * IPv4 rules of routing, as they would follow `ip rule add`: `priority 1 from 10.0.0.1 fwmark 0x1/0xff lookup 254
   * suppress_prefixlength 0`. Of what else rules can say nothing is read.
   */
  readonly rules: readonly string[]
}

/** The links alone. @throws OperatingError when the namespace is not there. */
export function readLinks(netns: Netns): readonly NetnsDevice[] {
  const fd = openRtnetlink(netns)
  try {
    return dump(fd, RTM_GETLINK, 16).map(parseLink)
  } finally {
    libc().close(fd)
  }
}

/** Links, addresses and routes of that namespace, in one visit. @throws OperatingError when it is not there. */
export function readNetns(netns: Netns): NetnsState {
  const fd = openRtnetlink(netns)
  try {
    const links = dump(fd, RTM_GETLINK, 16).map(parseLink)
    const addresses = Map.groupBy(
      dump(fd, RTM_GETADDR, 8).flatMap((payload) => parseAddress(payload) ?? []),
      ({ index }) => index,
    )
    const names = new Map(links.map(({ index, name }) => [index, name]))
    return {
      links: links.map(({ index, ...link }) => ({
        ...link,
        addresses: (addresses.get(index) ?? []).map(({ cidr }) => cidr),
      })),
      routes: dump(fd, RTM_GETROUTE, 12).flatMap((payload) => parseRoute(payload, names) ?? []),
      rules: dump(fd, RTM_GETRULE, 12).flatMap((payload) => parseRule(payload) ?? []),
    }
  } finally {
    libc().close(fd)
  }
}

/** All payloads the kernel answers with; `headerBytes` is the length of the request's own header. */
function dump(fd: number, type: number, headerBytes: number): Buffer[] {
  const request = Buffer.alloc(HEADER_BYTES + headerBytes)
  request.writeUInt32LE(request.length, 0)
  request.writeUInt16LE(type, 4)
  request.writeUInt16LE(NLM_F_REQUEST_DUMP, 6)
  request.writeUInt32LE(1, 8)
  const kernel = kernelAddress()
  checked('sendto', libc().sendto(fd, request, request.length, 0, kernel, kernel.length))
  const payloads: Buffer[] = []
  for (;;) {
    const datagram = Buffer.alloc(RECEIVE_BYTES)
    const length = checked('recv', libc().recv(fd, datagram, datagram.length, 0))
    for (let at = 0; at + HEADER_BYTES <= length; ) {
      const end = at + datagram.readUInt32LE(at)
      const kind = datagram.readUInt16LE(at + 4)
      if (kind === NLMSG_DONE) return payloads
      if (kind === NLMSG_ERROR) throw new OperatingError(`netlink: errno ${-datagram.readInt32LE(at + HEADER_BYTES)}`)
      payloads.push(datagram.subarray(at + HEADER_BYTES, end))
      at = align(end)
    }
  }
}

const align = (length: number): number => (length + 3) & ~3

function attributes(payload: Buffer, from: number): Map<number, Buffer> {
  const found = new Map<number, Buffer>()
  for (let at = from; at + 4 <= payload.length; ) {
    const length = payload.readUInt16LE(at)
    if (length < 4) break
    found.set(payload.readUInt16LE(at + 2) & 0x3fff, payload.subarray(at + 4, at + length))
    at += align(length)
  }
  return found
}

const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_MTU = 4
const IFF_UP = 1
const IFF_LOWER_UP = 0x10000

function parseLink(payload: Buffer): NetnsDevice & { readonly index: number } {
  const found = attributes(payload, 16)
  const name = found.get(IFLA_IFNAME)
  return {
    index: payload.readInt32LE(4),
    name: name ? name.toString('utf8', 0, name.length - 1) : '',
    mac: [...(found.get(IFLA_ADDRESS) ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join(':'),
    mtu: found.get(IFLA_MTU)?.readUInt32LE(0) ?? 0,
    up: (payload.readUInt32LE(8) & IFF_UP) !== 0,
    carrier: (payload.readUInt32LE(8) & IFF_LOWER_UP) !== 0,
  }
}

const AF_INET = 2
const AF_INET6 = 10
const IFA_ADDRESS = 1
const IFA_LOCAL = 2
const IFA_FLAGS = 8
const IFA_F_PERMANENT = 0x80
const RT_SCOPE_LINK = 253
const RT_SCOPE_HOST = 254

/** Null: nobody's own doing. A link-local address counts only when it is not the one the kernel makes of the MAC. */
function parseAddress(payload: Buffer): { readonly index: number; readonly cidr: string } | null {
  const family = payload.readUInt8(0)
  if (family !== AF_INET && family !== AF_INET6) return null
  const scope = payload.readUInt8(3)
  const found = attributes(payload, 8)
  const flags = found.get(IFA_FLAGS)?.readUInt32LE(0) ?? payload.readUInt8(2)
  if ((flags & IFA_F_PERMANENT) === 0 || scope === RT_SCOPE_HOST) return null
  const bytes = found.get(IFA_LOCAL) ?? found.get(IFA_ADDRESS)
  if (!bytes) return null
  const madeOfMac = bytes[11] === 0xff && bytes[12] === 0xfe
  if (family === AF_INET6 && scope === RT_SCOPE_LINK && madeOfMac) return null
  return { index: payload.readInt32LE(4), cidr: `${ipText(bytes)}/${payload.readUInt8(1)}` }
}

const RTA_DST = 1
const RTA_OIF = 4
const RTA_GATEWAY = 5
const RTA_MULTIPATH = 9
const RTA_TABLE = 15
const RTA_VIA = 18
const RT_TABLE_MAIN = 254
const RT_TABLE_LOCAL = 255
const RTPROT_KERNEL = 2
const RTPROT_RA = 9
const RTN_UNICAST = 1

function parseRoute(payload: Buffer, names: ReadonlyMap<number, string>): NetnsRoute | null {
  const family = payload.readUInt8(0)
  if (family !== AF_INET && family !== AF_INET6) return null
  const protocol = payload.readUInt8(5)
  const found = attributes(payload, 12)
  const table = found.get(RTA_TABLE)?.readUInt32LE(0) ?? payload.readUInt8(4)
  if (table === RT_TABLE_LOCAL || protocol === RTPROT_KERNEL || protocol === RTPROT_RA) return null
  if (payload.readUInt8(7) !== RTN_UNICAST) return null
  const destination = found.get(RTA_DST)
  const hops = nextHops(found)
  return {
    version: family === AF_INET ? 4 : 6,
    destination: destination ? `${ipText(destination)}/${payload.readUInt8(1)}` : 'default',
    via: hops.flatMap(({ gateway }) => gateway ?? []).sort(),
    device: names.get(hops[0]?.device ?? -1) ?? null,
    ...(table === RT_TABLE_MAIN ? {} : { table }),
  }
}

const FRA_SRC = 2
const FRA_PRIORITY = 6
const FRA_FWMARK = 10
const FRA_SUPPRESS_PREFIXLEN = 14
const FRA_TABLE = 15
const FRA_FWMASK = 16
const NO_PREFIXLEN = 0xffffffff

/** Null: a rule of another family. */
function parseRule(payload: Buffer): string | null {
  if (payload.readUInt8(0) !== AF_INET) return null
  const found = attributes(payload, 12)
  const number = (key: number) => found.get(key)?.readUInt32LE(0)
  const hex = (key: number) => `0x${(number(key) ?? 0).toString(16)}`
  const source = found.get(FRA_SRC)
  const length = payload.readUInt8(2)
  const suppressed = number(FRA_SUPPRESS_PREFIXLEN) ?? NO_PREFIXLEN
  return [
    `priority ${number(FRA_PRIORITY) ?? 0}`,
    ...(source ? [`from ${ipText(source)}${length === 32 ? '' : `/${length}`}`] : []),
    ...(found.has(FRA_FWMARK) ? [`fwmark ${hex(FRA_FWMARK)}/${hex(FRA_FWMASK)}`] : []),
    `lookup ${number(FRA_TABLE) ?? payload.readUInt8(4)}`,
    ...(suppressed === NO_PREFIXLEN ? [] : [`suppress_prefixlength ${suppressed}`]),
  ].join(' ')
}

interface Hop {
  readonly gateway: string | null
  readonly device: number
}

function nextHops(found: ReadonlyMap<number, Buffer>): Hop[] {
  const multipath = found.get(RTA_MULTIPATH)
  if (!multipath) return [{ gateway: gatewayOf(found), device: found.get(RTA_OIF)?.readInt32LE(0) ?? -1 }]
  const hops: Hop[] = []
  for (let at = 0; at + 8 <= multipath.length; ) {
    const length = multipath.readUInt16LE(at)
    if (length < 8) break
    const hop = multipath.subarray(at, at + length)
    hops.push({ gateway: gatewayOf(attributes(hop, 8)), device: hop.readInt32LE(4) })
    at += align(length)
  }
  return hops
}

function gatewayOf(found: ReadonlyMap<number, Buffer>): string | null {
  const gateway = found.get(RTA_GATEWAY) ?? found.get(RTA_VIA)?.subarray(2)
  return gateway ? ipText(gateway) : null
}

function ipText(bytes: Buffer): string {
  return formatIp(bytes.length === 4 ? 4 : 6, BigInt(`0x${bytes.toString('hex')}`))
}
