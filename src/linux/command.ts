/** Runs programs: the only place that does. No shell, a deadline, bounded output; failures say what was tried. */
import type { Readable } from 'node:stream'
import { OperatingError } from '#base/errors.ts'
import { type Spawned, spawnProgram } from './spawn.ts'

export interface CommandOptions {
  readonly input?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly env?: NodeJS.ProcessEnv
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024
const ERROR_BYTES_MAX = 64 * 1024

/** The program failed, was not found, or took too long. */
export class CommandError extends OperatingError {
  override name = 'CommandError'
  readonly argv: readonly string[]
  /** Null when it did not exit by itself. */
  readonly status: number | null
  readonly stderr: string

  constructor(argv: readonly string[], status: number | null, stderr: string, options?: ErrorOptions) {
    super(
      `${argv.join(' ')}: ${status === null ? 'did not finish' : `exit status ${status}`}: ${stderr.trim()}`,
      options,
    )
    this.argv = argv
    this.status = status
    this.stderr = stderr
  }
}

/** Answers what the program printed. @throws CommandError */
export async function run(argv: readonly string[], options: CommandOptions): Promise<string> {
  const { input, timeoutMs, signal, env = process.env } = options
  const failed = (cause: unknown) =>
    new CommandError(argv, null, cause instanceof Error ? cause.message : String(cause), { cause })
  if (signal?.aborted) throw failed(signal.reason)
  const child = await start(argv, input !== undefined, env, failed)
  const kill = (name: NodeJS.Signals) => process.kill(child.pid, name)
  const stop = () => kill('SIGTERM')
  const late = setTimeout(() => kill('SIGKILL'), timeoutMs)
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    child.stdin?.on('error', () => {}) // a program that exits early says why by its status
    child.stdin?.end(input ?? '')
    const out = textOf(child.stdout, OUTPUT_BYTES_MAX, () => kill('SIGKILL'))
    const err = textOf(child.stderr, ERROR_BYTES_MAX, () => {})
    const texts = await Promise.all([out, err])
    const status = await child.wait()
    if (signal?.aborted) throw failed(signal.reason)
    if (status !== 0) throw new CommandError(argv, status, texts[1])
    return texts[0]
  } finally {
    clearTimeout(late)
    signal?.removeEventListener('abort', stop)
    child.stdin?.destroy()
  }
}

async function start(
  argv: readonly string[],
  hasInput: boolean,
  env: NodeJS.ProcessEnv,
  failed: (cause: unknown) => CommandError,
): Promise<Spawned> {
  try {
    return await spawnProgram(argv, hasInput, env)
  } catch (cause) {
    throw failed(cause)
  }
}

/** All that comes, to the end; of more than `bytesMax` the beginning. */
function textOf(stream: Readable, bytesMax: number, onTooMuch: () => void): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= bytesMax) chunks.push(chunk)
      else onTooMuch()
    })
    stream.on('error', () => {}) // 'close' follows
    stream.on('close', () => resolve(Buffer.concat(chunks).toString()))
  })
}
