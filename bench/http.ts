/**
 * The load generator's HTTP client: one keep-alive connection over a plain socket, one request at a time. Node's own
 * client takes as long for a small request as the server does, and both share the machine.
 * Source: RFC 9112, "Content-Length" and "Chunked Transfer Coding"; nothing else of HTTP/1.1 is spoken.
 */
import { connect, type Socket } from 'node:net'

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

export interface Reply {
  readonly status: number
  readonly body: string
}

const REPLY_MS_MAX = 60_000
const HEADER_END = Buffer.from('\r\n\r\n')

export class Connection {
  readonly #socket: Socket
  readonly #host: string
  readonly #headers: string
  #chunks: Buffer[] = []
  #size = 0
  #waiting: { resolve: (reply: Reply) => void; reject: (reason: unknown) => void } | null = null

  private constructor(socket: Socket, host: string, headers: { readonly [name: string]: string }) {
    this.#socket = socket
    this.#host = host
    this.#headers = Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    socket.setNoDelay(true)
    socket.setTimeout(REPLY_MS_MAX, () => socket.destroy(new Error(`no reply in ${REPLY_MS_MAX} ms`)))
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  static async open(url: string, headers: { readonly [name: string]: string } = {}): Promise<Connection> {
    const { hostname, port, host } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) })
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Connection(socket, host, headers)
  }

  send({ method, path, body }: Request): Promise<Reply> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const about = body === undefined ? '' : 'Content-Type: application/json\r\n'
    const length = method === 'GET' ? '' : `Content-Length: ${Buffer.byteLength(text)}\r\n`
    const start = `${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nAccept: application/json\r\n`
    return new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(`${start}${this.#headers}${about}${length}\r\n${text}`)
    })
  }

  close(): void {
    this.#waiting = null
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    const first = this.#chunks[0]!
    const announced = announcedSize(first)
    // A large body comes in many chunks: they are joined once, when all are there.
    if (announced !== null && this.#size < announced) return
    const whole = this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    const reply = parseReply(whole)
    if (reply === null) {
      this.#chunks = [whole]
      return
    }
    this.#chunks = []
    this.#size = 0
    const { resolve } = this.#waiting!
    this.#waiting = null
    resolve(reply)
  }
}

/** How long the whole reply is, if its headers are in this buffer and say so. */
function announcedSize(buffer: Buffer): number | null {
  const end = buffer.indexOf(HEADER_END)
  if (end < 0) return null
  const length = /\r\ncontent-length: *(\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1]
  return length === undefined ? null : end + HEADER_END.length + Number(length)
}

/** The reply, or null when it is not whole yet. */
function parseReply(buffer: Buffer): Reply | null {
  const end = buffer.indexOf(HEADER_END)
  if (end < 0) return null
  const headers = buffer.toString('latin1', 0, end)
  const status = Number(headers.slice(9, 12))
  const start = end + HEADER_END.length
  if (/\r\ntransfer-encoding: *chunked/i.test(headers)) {
    const body = parseChunked(buffer, start)
    return body === null ? null : { status, body }
  }
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(headers)?.[1] ?? 0)
  return buffer.length < start + length ? null : { status, body: buffer.toString('utf8', start, start + length) }
}

function parseChunked(buffer: Buffer, start: number): string | null {
  const parts: Buffer[] = []
  for (let at = start; ; ) {
    const line = buffer.indexOf('\r\n', at)
    if (line < 0) return null
    const length = Number.parseInt(buffer.toString('latin1', at, line), 16)
    const data = line + 2
    if (buffer.length < data + length + 2) return null
    if (length === 0) return Buffer.concat(parts).toString('utf8')
    parts.push(buffer.subarray(data, data + length))
    at = data + length + 2
  }
}
