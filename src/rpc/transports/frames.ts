/**
 * Frames of the local transport: one JSON value a line, each way. JSON text never holds a bare newline, so a line is a
 * frame. Bounded: a peer that sends a longer line, or does not read what waits for it, is cut off and resynchronises.
 */
import type { Socket } from 'node:net'
import type { Target } from '#rpc/rpc.ts'

const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** What may wait in a socket nobody reads. */
const WAITING_BYTES_MAX = 256 * 1024 * 1024

export type Frame =
  /** agent → hub */
  | { readonly do: 'serve'; readonly id: number; readonly topic: string; readonly host: string }
  | { readonly do: 'unserve'; readonly id: number }
  | {
      readonly do: 'call'
      readonly id: number
      readonly target: Target
      readonly text: string
      readonly timeoutMs: number
    }
  | { readonly do: 'cast'; readonly target: Target; readonly text: string }
  /** hub → agent */
  | { readonly do: 'served'; readonly id: number }
  | { readonly do: 'deliver'; readonly consumer: number; readonly text: string; readonly id?: number }
  /** Both: the answer to `call` or `deliver` of that id. */
  | { readonly do: 'reply'; readonly id: number; readonly text: string }
  /** Both: nobody waits for the answer to that id any more. */
  | { readonly do: 'forget'; readonly id: number }

export function sendFrame(socket: Socket, frame: Frame): void {
  if (socket.destroyed) return
  socket.write(`${JSON.stringify(frame)}\n`)
  if (socket.writableLength > WAITING_BYTES_MAX) socket.destroy(new Error('the peer does not read its messages'))
}

/** Calls back with each frame, in order. A line that is no frame ends the connection. */
export function readFrames(socket: Socket, take: (frame: Frame) => void): void {
  let parts: Buffer[] = []
  let bytes = 0
  socket.on('data', (chunk: Buffer) => {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      const line = Buffer.concat(parts)
      parts = []
      bytes = 0
      start = end + 1
      const frame = parse(line)
      if (!frame) {
        socket.destroy(new Error('not a frame'))
        return
      }
      take(frame)
    }
    if (start === chunk.length) return
    parts.push(chunk.subarray(start))
    bytes += chunk.length - start
    if (bytes > FRAME_BYTES_MAX) socket.destroy(new Error(`a frame exceeds ${FRAME_BYTES_MAX} bytes`))
  })
}

function parse(line: Buffer): Frame | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    return typeof value === 'object' && value !== null && 'do' in value ? (value as Frame) : null
  } catch {
    return null
  }
}
