/**
 * Devices moved to another namespace and devices deleted, over rtnetlink. The kernel takes its time for both (it waits
 * until no processor uses the device): another thread waits for it. No program is started. Source: rtnetlink(7).
 */
import { closeSync, openSync } from 'node:fs'
import { getSystemErrorName } from 'node:util'
import { OperatingError } from '#base/errors.ts'
import { libc } from './libc.ts'
import type { Netns } from './netns.ts'
import { attribute, message, openRtnetlink, sendSlow } from './rtnetlink.ts'

export interface Move {
  readonly device: string
  readonly to: Netns
  readonly mac: string
  readonly mtu: number
}

const [RTM_DELLINK, RTM_SETLINK, IFF_UP, ENODEV] = [17, 19, 1, 19]
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_NET_NS_FD] = [1, 3, 4, 28]

/**
 * Moves them, one after the other; in its new namespace a device gets its MAC and MTU and is up, all at once.
 * @throws OperatingError at the first one the kernel refuses: one that is not there, a name that is taken.
 */
export async function moveDevices(from: Netns, moves: readonly Move[], signal?: AbortSignal): Promise<void> {
  await inTurn(from, moves, signal, async (socket, { device, to, mac, mtu }) => {
    const there = openNetns(to)
    try {
      const body = [
        header(true),
        attribute(IFLA_IFNAME, Buffer.from(`${device}\0`)),
        attribute(IFLA_NET_NS_FD, uint32(there)),
        attribute(IFLA_ADDRESS, Buffer.from(mac.replaceAll(':', ''), 'hex')),
        attribute(IFLA_MTU, uint32(mtu)),
      ]
      const errno = await sendSlow(socket, message(RTM_SETLINK, 0, Buffer.concat(body)))
      if (errno !== 0) throw new OperatingError(`move ${device} to ${to.name}: ${getSystemErrorName(-errno)}`)
    } finally {
      closeSync(there)
    }
  })
}

/** Those that are there. @throws OperatingError */
export async function deleteDevices(where: Netns, names: readonly string[], signal?: AbortSignal): Promise<void> {
  await inTurn(where, names, signal, async (socket, name) => {
    const body = [header(false), attribute(IFLA_IFNAME, Buffer.from(`${name}\0`))]
    const errno = await sendSlow(socket, message(RTM_DELLINK, 0, Buffer.concat(body)))
    if (errno !== 0 && errno !== ENODEV) throw new OperatingError(`delete ${name}: ${getSystemErrorName(-errno)}`)
  })
}

async function inTurn<T>(
  where: Netns,
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (socket: number, item: T) => Promise<void>,
): Promise<void> {
  if (items.length === 0) return
  const socket = openRtnetlink(where)
  try {
    for (const item of items) {
      signal?.throwIfAborted()
      await work(socket, item)
    }
  } finally {
    libc().close(socket)
  }
}

function header(isUp: boolean): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(isUp ? IFF_UP : 0, 8)
  body.writeUInt32LE(isUp ? IFF_UP : 0, 12)
  return body
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function openNetns({ name, path }: Netns): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new OperatingError(`network namespace ${name} cannot be opened`, { cause })
  }
}
