/**
 * Tells when a bridge's flows may be gone: an OpenFlow connection to the bridge is kept open, and lives exactly as long
 * as the bridge in ovs-vswitchd does. It only greets and answers probes. Source: OpenFlow 1.3, §6.4 (HELLO, ECHO).
 */
import { connect, type Socket } from 'node:net'
import type { Closeable } from '#base/lifetime.ts'
import { sleep } from '#base/lifetime.ts'

const VERSION = 4
const HELLO = 0
const ECHO_REQUEST = 2
const ECHO_REPLY = 3
const PAUSE_MS_MIN = 20
const PAUSE_MS_MAX = 1_000

/** `onUp` is called each time the bridge is there (again), first of all when it is found. */
export function watchBridge(socketPath: string, onUp: () => void): Closeable {
  const abort = new AbortController()
  const loop = async () => {
    let pauseMs = PAUSE_MS_MIN
    while (!abort.signal.aborted) {
      const wasUp = await session(socketPath, onUp, abort.signal)
      pauseMs = wasUp ? PAUSE_MS_MIN : Math.min(pauseMs * 2, PAUSE_MS_MAX)
      await sleep(pauseMs, abort.signal).catch(() => {})
    }
  }
  const done = loop()
  return {
    close: () => {
      abort.abort()
      return done
    },
  }
}

/** One connection until it ends; answers whether the bridge was there. */
function session(path: string, onUp: () => void, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    let up = false
    let rest: Buffer = Buffer.alloc(0)
    const stop = () => socket.destroy()
    signal.addEventListener('abort', stop, { once: true })
    socket.on('connect', () => socket.write(Buffer.from([VERSION, HELLO, 0, 8, 0, 0, 0, 1])))
    socket.on('data', (piece: Buffer) => {
      rest = answer(socket, Buffer.concat([rest, piece]))
      if (up) return
      up = true
      onUp()
    })
    socket.on('error', () => {}) // 'close' follows
    socket.on('close', () => {
      signal.removeEventListener('abort', stop)
      resolve(up)
    })
  })
}

/** Answers probes among the whole messages; what is left of the bytes is the start of another. */
function answer(socket: Socket, bytes: Buffer): Buffer {
  let rest = bytes
  while (rest.length >= 8) {
    const length = Math.max(8, rest.readUInt16BE(2))
    if (rest.length < length) break
    if (rest[1] === ECHO_REQUEST) {
      const reply = Buffer.from(rest.subarray(0, length))
      reply[1] = ECHO_REPLY
      socket.write(reply)
    }
    rest = rest.subarray(length)
  }
  return rest
}
