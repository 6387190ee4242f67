/**
 * Requests to the kernel over rtnetlink, each answered by an errno: rendering, sockets, and sending, at once or by
 * another thread. What the requests say is netlink-change.ts's and netlink-move.ts's. Source: rtnetlink(7), netlink(7).
 */
import { OperatingError } from '#base/errors.ts'
import { inside } from './inside.ts'
import { checked, libc } from './libc.ts'
import type { Netns } from './netns.ts'

const [AF_NETLINK, SOCK_RAW_CLOEXEC, NLMSG_ERROR, HEADER_BYTES] = [16, 3 | 0o2000000, 2, 16]
const [REQUEST, ACK] = [0x1, 0x4]
const ANSWER_BYTES = 4096

/**
 * A socket of that namespace, wherever this thread goes; the caller closes it.
 * @throws OperatingError when the namespace is not there.
 */
export function openRtnetlink(netns: Netns): number {
  return inside(netns, openRtnetlinkHere)
}

/** A socket of the namespace this thread is in. */
export function openRtnetlinkHere(): number {
  return checked('socket', libc().socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0))
}

/** The kernel's own address, to send to. */
export function kernelAddress(): Buffer {
  const kernel = Buffer.alloc(12)
  kernel.writeUInt16LE(AF_NETLINK, 0)
  return kernel
}

/** A request that is answered by its outcome. Pure. */
export function message(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.writeUInt32LE(HEADER_BYTES + body.length, 0)
  head.writeUInt16LE(type, 4)
  head.writeUInt16LE(REQUEST | ACK | flags, 6)
  head.writeUInt32LE(1, 8)
  return Buffer.concat([head, body])
}

/** Padded to a multiple of four bytes. Pure. */
export function attribute(type: number, data: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + data.length + 3) & ~3)
  bytes.writeUInt16LE(4 + data.length, 0)
  bytes.writeUInt16LE(type, 2)
  data.copy(bytes, 4)
  return bytes
}

/** Sends it and answers the errno: 0 when it was done. */
export function send(socket: number, request: Buffer): number {
  const kernel = kernelAddress()
  checked('sendto', libc().sendto(socket, request, request.length, 0, kernel, kernel.length))
  return outcome(socket)
}

/** As `send`, but another thread waits for the kernel. */
export async function sendSlow(socket: number, request: Buffer): Promise<number> {
  const kernel = kernelAddress()
  const sent = await libc().sendtoLater(socket, request, request.length, 0, kernel, kernel.length)
  if (sent !== request.length) throw new OperatingError('rtnetlink: the kernel did not take a request')
  return outcome(socket)
}

/** The kernel has done all before sending returns: its answer is there. */
function outcome(socket: number): number {
  const answer = Buffer.alloc(ANSWER_BYTES)
  checked('recv', libc().recv(socket, answer, answer.length, 0))
  if (answer.readUInt16LE(4) !== NLMSG_ERROR) throw new OperatingError('rtnetlink: not an answer')
  return -answer.readInt32LE(HEADER_BYTES)
}
