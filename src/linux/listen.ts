/**
 * Sockets opened inside a namespace by this process, which itself stays where it is: a socket belongs to the namespace
 * it was made in for as long as it lives. Source: socket(7), ip(7), ipv6(7).
 */
import { parseIp } from '#base/ip.ts'
import { inside } from './inside.ts'
import { checked, libc } from './libc.ts'
import type { Netns } from './netns.ts'

const [AF_INET, AF_INET6] = [2, 10]
const [SOCK_STREAM, SOCK_DGRAM, SOCK_CLOEXEC] = [1, 2, 0o2000000]
const [SOL_SOCKET, SO_REUSEADDR, SO_BINDTODEVICE] = [1, 2, 25]
const [SOL_IP, IP_FREEBIND, SOL_IPV6, IPV6_V6ONLY, IPV6_FREEBIND] = [0, 15, 41, 26, 78]

export interface ListenAddress {
  /** IPv4 or IPv6; a link-local one with its device, `fe80::1%tap0`. `::` takes both families. */
  readonly address: string
  readonly port: number
  readonly backlog?: number
}

/**
 * A listening TCP socket in the namespace; its descriptor goes to `server.listen({ fd })`, which owns it from then on.
 * The address need not be on a device yet. @throws OperatingError when the port is taken or the namespace is not there.
 */
export function listenInside(netns: Netns, { address, port, backlog = 128 }: ListenAddress): number {
  return inside(netns, () => {
    const target = socketAddress(address, port)
    const version = target.length === 16 ? 4 : 6
    const { socket, setsockopt, bind, listen, close } = libc()
    const fd = checked('socket', socket(version === 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0))
    try {
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, number(1), 4)
      if (version === 6) setsockopt(fd, SOL_IPV6, IPV6_V6ONLY, number(address === '::' ? 0 : 1), 4)
      if (version === 4) setsockopt(fd, SOL_IP, IP_FREEBIND, number(1), 4)
      else setsockopt(fd, SOL_IPV6, IPV6_FREEBIND, number(1), 4)
      checked(`bind ${address} port ${port} in ${netns.name}`, bind(fd, target, target.length))
      checked('listen', listen(fd, backlog))
      return fd
    } catch (error) {
      close(fd)
      throw error
    }
  })
}

export interface Datagram {
  readonly device: string
  readonly address: string
  readonly port: number
  readonly data: Buffer
}

/** Sends each datagram once out of its device in the namespace. Knows nothing of an answer. @throws OperatingError */
export function sendInside(netns: Netns, datagrams: readonly Datagram[]): void {
  if (datagrams.length === 0) return
  inside(netns, () => {
    const { socket, setsockopt, sendto, close } = libc()
    for (const { device, address, port, data } of datagrams) {
      const target = socketAddress(address, port)
      const fd = checked('socket', socket(target.length === 16 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0))
      try {
        const name = Buffer.from(`${device}\0`)
        checked(`bind to ${device}`, setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length))
        checked(`send to ${address}`, sendto(fd, data, data.length, 0, target, target.length))
      } finally {
        close(fd)
      }
    }
  })
}

function number(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32LE(value)
  return buffer
}

/** `struct sockaddr_in` or `sockaddr_in6`; a zone is looked up in the namespace the thread is in. */
function socketAddress(text: string, port: number): Buffer {
  const [address = '', zone] = text.split('%')
  const ip = parseIp(address)
  if (!ip) throw new TypeError(`not an IP address: ${text}`)
  const target = Buffer.alloc(ip.version === 4 ? 16 : 28)
  target.writeUInt16LE(ip.version === 4 ? AF_INET : AF_INET6, 0)
  target.writeUInt16BE(port, 2)
  if (ip.version === 4) target.writeUInt32BE(Number(ip.value), 4)
  else Buffer.from(ip.value.toString(16).padStart(32, '0'), 'hex').copy(target, 8)
  if (zone) target.writeUInt32LE(libc().if_nametoindex(zone), 24)
  return target
}
