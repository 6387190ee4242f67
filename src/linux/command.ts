/** Runs programs: the only place that does. No shell, a deadline, bounded output; failures say what was tried. */
import { spawn } from 'node:child_process'
import { OperatingError } from '#base/errors.ts'

export interface CommandOptions {
  readonly input?: string
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly env?: NodeJS.ProcessEnv
}

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

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
export function run(argv: readonly string[], { input, timeoutMs, signal, env }: CommandOptions): Promise<string> {
  const [program, ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
      ...(env && { env }),
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    let bytes = 0
    child.stdout!.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > OUTPUT_BYTES_MAX) child.kill('SIGKILL')
      else out.push(chunk)
    })
    child.stderr!.on('data', (chunk: Buffer) => err.length < 1000 && err.push(chunk))
    child.on('error', (cause) => reject(new CommandError(argv, null, cause.message, { cause })))
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(out).toString())
      else reject(new CommandError(argv, status, Buffer.concat(err).toString()))
    })
    if (input !== undefined) {
      child.stdin!.on('error', () => {}) // a program that exits early says why by its status
      child.stdin!.end(input)
    }
  })
}
