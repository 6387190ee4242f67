/**
 * The shell: reads lines from a terminal or a pipe, runs each as a command, goes on after errors, ends with `exit`,
 * `quit` or the end of its input. What a command does is not its business.
 * Source: cliff's interactive mode as the `neutron` command showed it (prompt, `help`, `?`, exit status 0).
 */
import { createInterface, type Interface } from 'node:readline/promises'
import type { Readable, Writable } from 'node:stream'
import { CliError } from '#cli/errors.ts'
import { HISTORY_LINES_MAX, historyFile, keepLine, mayBeKept, readHistory, trimHistory } from './history.ts'
import { splitLine } from './words.ts'

export const PROMPT = '(neutron) '
export const SHELL_COMMANDS: Readonly<Record<string, string>> = {
  '?': 'The same as help.',
  exit: 'Leave the shell.',
  help: 'List the commands, or show the help of one: help COMMAND.',
  history: 'Show the lines of this and earlier sessions.',
  quit: 'Leave the shell.',
}

export interface ShellHost {
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly output: Writable
  readonly env: Readonly<Record<string, string | undefined>>
  print(line: string): void
  warn(line: string): void
  /** One command to its end. It prints what there is to print, and does not throw. */
  run(words: readonly string[], signal: AbortSignal): Promise<void>
  /** What may follow the line: whole words, and the word they take the place of. */
  complete(line: string): Promise<readonly [words: string[], current: string]>
}

/** Until it is left. Answers the exit code. */
export async function runShell(host: ShellHost): Promise<number> {
  if (host.input.isTTY !== true) return readPipe(host)
  const session = new Session(host)
  return session.run()
}

/** Lines from a pipe: no prompt, no history. */
async function readPipe(host: ShellHost): Promise<number> {
  const lines = createInterface({ input: host.input, terminal: false, crlfDelay: Number.POSITIVE_INFINITY })
  for await (const line of lines) {
    if ((await obey(line, host, [], new AbortController().signal)) === 'leave') return 0
  }
  host.print('')
  return 0
}

/** One line. Answers `leave` when it asks to. */
async function obey(
  line: string,
  host: ShellHost,
  history: readonly string[],
  signal: AbortSignal,
): Promise<'stay' | 'leave'> {
  const text = line.trim()
  if (text === '' || text.startsWith('#')) return 'stay'
  try {
    const [first = '', ...rest] = splitLine(text.replace(/^\?\s*/, 'help '))
    if (first === 'exit' || first === 'quit') {
      if (rest.length === 0) return 'leave'
      throw new CliError(`usage: ${first}\n${first}: error: unrecognized arguments: ${rest.join(' ')}`, 2)
    }
    if (first === 'history' && rest.length === 0) {
      for (const [at, kept] of history.entries()) host.print(`${String(at + 1).padStart(5)}  ${kept}`)
    } else if (first === 'help' && rest.length === 1 && Object.hasOwn(SHELL_COMMANDS, rest[0]!) && rest[0] !== 'help') {
      host.print(`${rest[0]}: ${SHELL_COMMANDS[rest[0]!]}`)
    } else {
      if (first === 'help' && rest.length === 0) listOwn(host)
      await host.run([first, ...rest], signal)
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    host.warn(error.message)
  }
  return 'stay'
}

function listOwn(host: ShellHost): void {
  host.print('Shell commands:')
  for (const [name, about] of Object.entries(SHELL_COMMANDS)) host.print(`  ${name.padEnd(13)}  ${about}`)
  host.print('')
}

/** A person at a terminal. Lines typed while a command runs are run after it. */
class Session {
  readonly #host: ShellHost
  readonly #file: string
  readonly #lines: string[] = []
  #keeps = true
  #history: string[]
  #readline: Interface
  #running: AbortController | null = null
  #ended = false
  #wake: () => void = () => {}

  constructor(host: ShellHost) {
    this.#host = host
    this.#file = historyFile(host.env)
    trimHistory(this.#file)
    this.#history = readHistory(this.#file)
    this.#readline = createInterface({
      input: host.input,
      output: host.output,
      terminal: true,
      prompt: PROMPT,
      history: this.#history.toReversed(),
      historySize: HISTORY_LINES_MAX,
      removeHistoryDuplicates: true,
      completer: async (line) => {
        const [words, current] = await host.complete(line)
        return [words, current]
      },
    })
    this.#readline.on('line', (line) => {
      this.#lines.push(line)
      this.#wake()
    })
    this.#readline.on('close', () => {
      this.#ended = true
      this.#wake()
    })
    this.#readline.on('SIGINT', () => this.#interrupt())
  }

  async run(): Promise<number> {
    this.#readline.prompt()
    for (;;) {
      const line = await this.#nextLine()
      if (line === null) {
        this.#host.print('')
        return 0
      }
      this.#keep(line)
      if ((await this.#obey(line)) === 'leave') break
      if (!this.#ended) {
        this.#readline.setPrompt(PROMPT)
        this.#readline.prompt(true)
      }
    }
    this.#readline.close()
    return 0
  }

  async #nextLine(): Promise<string | null> {
    while (this.#lines.length === 0) {
      if (this.#ended) return null
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#lines.shift()!
  }

  async #obey(line: string): Promise<'stay' | 'leave'> {
    this.#running = new AbortController()
    // What is typed meanwhile is shown without a prompt.
    this.#readline.setPrompt('')
    try {
      return await obey(line, this.#host, this.#history, this.#running.signal)
    } finally {
      this.#running = null
    }
  }

  /** ^C: ends the command that runs; else drops the line. */
  #interrupt(): void {
    if (this.#running) {
      this.#host.output.write('^C\n')
      this.#running.abort()
      return
    }
    this.#readline.write(null, { ctrl: true, name: 'e' })
    this.#host.output.write('^C\n')
    this.#readline.write(null, { ctrl: true, name: 'u' })
    this.#readline.prompt()
  }

  #keep(line: string): void {
    const text = line.trim()
    if (text === '' || text === this.#history.at(-1)) return
    this.#history = [...this.#history, text].slice(-HISTORY_LINES_MAX)
    if (!this.#keeps || !mayBeKept(text.split(/\s+/))) return
    this.#keeps = keepLine(this.#file, text)
    if (!this.#keeps) this.#host.warn(`The history is not kept: ${this.#file} cannot be written.`)
  }
}
