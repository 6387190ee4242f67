/**
 * One command line to one exit code: which command it is, what its arguments are, what is printed where. Everything
 * outside comes in as `Surroundings`; it opens no file and ends no process.
 * Source: neutronclient 8.1 and cliff: order of the steps, messages, exit codes.
 */
import type { Json } from '#base/json.ts'
import { helpArgument, helpText, widthOf } from '#cli/grammar/help.ts'
import { HelpAsked, parseKnown, UsageError } from '#cli/grammar/parse.ts'
import { usage } from '#cli/grammar/usage.ts'
import { outputArguments } from '#cli/output/arguments.ts'
import { render } from '#cli/output/render.ts'
import type { Argument, Call, Client, Command, Output, Terminal } from './command.ts'
import type { Commands } from './discover.ts'
import { CliError } from './errors.ts'
import { globalArguments } from './global-arguments.ts'
import { interruptible } from './interruptible.ts'
import { findCommand, helpMatches, UnknownCommand } from './names.ts'
import { hintsFor } from './suggest.ts'
import { mergeValues, readValues } from './values.ts'

const PROG = 'neutron'
const DEBUG = 2
const INTERRUPTED = 130

export type Options = Readonly<Record<string, Json | undefined>>

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Text on stdout. */
  write(text: string): void
  /** A line on stderr. */
  warn(line: string): void
  readonly terminal: Terminal
  readonly signal: AbortSignal
  readonly commands: Commands
  readonly version: string
  /** @throws CliError where the credentials do not suffice. */
  openClient(options: Options, signal: AbortSignal): Promise<Client>
  /** What is being waited for, on stderr. */
  progress(text: string | null): void
  /** Whether a person reads stderr: what is not upstream's is said to people only. */
  readonly forPeople: boolean
  /** What `neutron` without a command is: a shell; its exit code. */
  interact?(neutron: Neutron): Promise<number>
}

export class Neutron {
  readonly around: Surroundings
  #client: Client | null = null
  #options: Options = {}

  constructor(around: Surroundings) {
    this.around = around
  }

  /** The words behind `neutron`. */
  async run(argv: readonly string[]): Promise<number> {
    try {
      const words = this.#prepare(argv)
      if (words.includes('bash-completion') && !argv.includes('help')) return await this.#completions()
      const { args, unknown } = parseKnown(PROG, globalArguments(this.around.env), words)
      this.#options = args
      if (args.version === true) return this.#say(`${this.around.version}\n`)
      if (unknown.length === 0) return await this.#interact()
      const { name } = findCommand(unknown, this.around.commands)
      if (!(name in OWN) && !this.around.commands.isOffline(name)) await this.client()
      return await this.#runFound(unknown, `${PROG} `, this.around.signal)
    } catch (error) {
      if (error instanceof HelpAsked) return this.#say(this.help())
      return await this.#failed(error)
    }
  }

  /** A line of the shell: with the options and the session this process was started with. */
  async runLine(words: readonly string[], signal: AbortSignal = this.around.signal): Promise<number> {
    try {
      return await this.#runFound(words, '', signal)
    } catch (error) {
      if (signal.aborted) return INTERRUPTED
      return await this.#failed(error)
    }
  }

  /** The client of this process: opened once. */
  async client(): Promise<Client> {
    this.#client ??= await this.around.openClient(this.#options, this.around.signal)
    return this.#client
  }

  /** A client as the options before the command in that line say: for what is asked about a line. */
  clientFor(line: readonly string[]): Promise<Client> {
    const { args } = parseKnown(PROG, globalArguments(this.around.env), line)
    return this.around.openClient(args, this.around.signal)
  }

  /** Every command, sorted. */
  names(): string[] {
    return [...this.around.commands.names(), ...Object.keys(OWN)].sort()
  }

  summary(name: string): string {
    return OWN[name] ?? this.around.commands.summary(name)
  }

  /** What `neutron help` prints. */
  help(): string {
    const { env, terminal, version } = this.around
    const names = this.names()
    const longest = Math.max(...names.map((name) => name.length))
    const about = `Command-line interface to the Neutron APIs (neutron CLI version: ${version})`
    return [
      helpText(PROG, about, globalArguments(env), terminal.columns),
      '\nCommands for API v2.0:\n',
      ...names.map((name) => `  ${name.padEnd(longest)}  ${this.summary(name)}\n`),
    ].join('')
  }

  /** All arguments of a command, also of those that are this command line's own. */
  async argumentsOf(name: string): Promise<readonly Argument[]> {
    if (name === 'complete') return (await import('#cli/shell/commands.ts')).completeArguments
    if (name === 'help') return HELP_ARGUMENTS
    return name in OWN ? [helpArgument] : (await this.command(name)).known
  }

  /** A command by name, its arguments as they are parsed: those of its format included. */
  async command(name: string): Promise<{ readonly command: Command; readonly known: readonly Argument[] }> {
    const command = await this.around.commands.load(name)
    const output = command.output ? outputArguments(command.output, this.around.env) : []
    return { command, known: [helpArgument, ...output, ...command.arguments] }
  }

  /** What `neutron help NAME` prints. */
  async commandHelp(name: string, prog: string): Promise<string> {
    const { columns } = this.around.terminal
    if (name in OWN) return helpText(prog, this.summary(name), await this.argumentsOf(name), columns)
    const { command, known } = await this.command(name)
    return helpText(prog, command.description ?? command.summary, known, columns)
  }

  /** `net-list --help` is `help net-list`; `help` without a command is `--help`. */
  #prepare(argv: readonly string[]): string[] {
    const { commands } = this.around
    const command = argv.findIndex((word, at) => word !== 'help' && longestName(argv, at, commands) !== null)
    const asked = argv.findIndex((word) => word === '-h' || word === '--help')
    const help = argv.indexOf('help')
    const name = command < 0 ? null : longestName(argv, command, commands)
    if (name !== null && asked > command) return ['help', ...name.split(' ')]
    return help >= 0 && command < 0 ? argv.with(help, '--help') : [...argv]
  }

  async #runFound(words: readonly string[], prog: string, signal: AbortSignal): Promise<number> {
    const { name, typed, rest } = findCommand(words, this.around.commands)
    try {
      if (name === 'help') return await this.#helpAbout(rest, prog)
      if (name === 'bash-completion') return await this.#completions()
      if (name === 'complete')
        return await (await import('#cli/shell/commands.ts')).complete(this, rest, `${prog}${typed}`)
      return await this.#runCommand(name, `${prog}${typed}`, rest, signal)
    } catch (error) {
      const isUsage = error instanceof UsageError || error instanceof HelpAsked
      if (!isUsage) throw error
      if (error instanceof HelpAsked) this.around.write(await this.commandHelp(name, `${prog}${typed}`))
      else this.#refused(error)
      this.around.warn(`Try 'neutron help ${typed}' for more information.`)
      return error instanceof HelpAsked ? 0 : error.exitCode
    }
  }

  async #runCommand(name: string, prog: string, words: readonly string[], signal: AbortSignal): Promise<number> {
    const { command, known } = await this.command(name)
    const { args, values } = readWords(command, known, prog, words)
    const format = typeof args.formatter === 'string' ? args.formatter : 'table'
    const { env, terminal, commands } = this.around
    const opened = commands.isOffline(name) ? whenUsed(() => this.client()) : await this.client()
    const client = interruptible(opened, signal)
    const write = (text: string) => this.around.write(text)
    const print = (line: string) => write(`${line}\n`)
    const warn = (line: string) => this.around.warn(line)
    const rendered = (output: Output) => {
      // Nothing was found: no column that is asked for can be there.
      const empty = output?.kind === 'list' && output.columns.length === 0 && output.rows.length === 0
      const isChosen = empty || (output?.kind === 'list' && output.renamed === true)
      return render(output, isChosen ? { ...args, columns: [] } : args, terminal.isTTY ? terminal.columns : 0, warn)
    }
    const call: Call = {
      args,
      values,
      format,
      client,
      definitions: commands.outlines,
      write,
      print,
      warn,
      progress: (text) => this.around.progress(text),
      render: rendered,
      terminal,
      signal,
      env,
    }
    this.around.write(rendered(await command.run(call)))
    return 0
  }

  async #helpAbout(words: readonly string[], prog: string): Promise<number> {
    const { args } = parseKnown(`${prog}help`, HELP_ARGUMENTS, words)
    const about = Array.isArray(args.cmd) ? args.cmd.map(String) : []
    if (about.length === 0) return this.#say(this.help())
    try {
      const { name, typed } = findCommand(about, this.around.commands)
      return this.#say(await this.commandHelp(name, `${prog}${typed}`))
    } catch (error) {
      const matches = error instanceof UnknownCommand ? helpMatches(about[0]!, this.around.commands) : []
      if (matches.length === 0) throw error
      return this.#say(`Command "${about[0]}" matches:\n${matches.map((name) => `  ${name}\n`).join('')}`)
    }
  }

  /** Every command and every option, in one line. */
  async #completions(): Promise<number> {
    const { commands, env } = this.around
    const words = new Set(this.names())
    for (const { flags = [] } of globalArguments(env)) for (const flag of flags) words.add(flag)
    for (const name of commands.names()) {
      for (const { flags = [] } of (await this.command(name)).known) for (const flag of flags) words.add(flag)
    }
    return this.#say(`${[...words].sort().join(' ')}\n`)
  }

  async #interact(): Promise<number> {
    await this.client()
    if (!this.around.interact) return this.#say(this.help())
    return this.around.interact(this)
  }

  #say(text: string): number {
    this.around.write(text)
    return 0
  }

  #refused({ prog, known, message }: UsageError): void {
    this.around.warn(usage(prog, known, widthOf(this.around.terminal.columns)))
    this.around.warn(`${prog}: error: ${message}`)
  }

  async #failed(error: unknown): Promise<number> {
    if (error instanceof UsageError) {
      this.#refused(error)
      return error.exitCode
    }
    if (!(error instanceof CliError)) throw error
    const debug = Number(this.#options.verbose_level ?? 1) >= DEBUG
    this.around.warn(debug ? `ERROR: neutronclient.shell ${error.message}` : error.message)
    if (this.around.forPeople) for (const line of await hintsFor(error, this.names())) this.around.warn(line)
    return error.exitCode
  }
}

const HELP_ARGUMENTS: readonly Argument[] = [helpArgument, { name: 'cmd', nargs: '*', help: 'name of the command' }]
const OWN: Readonly<Record<string, string>> = {
  'bash-completion': 'Prints all of the commands and options for bash-completion.',
  complete: 'Print the completion script of a shell, or what may come next on a line.',
  help: 'print detailed help for another command',
}

/** The client of a command that may never ask anything. */
function whenUsed(open: () => Promise<Client>): Client {
  return {
    request: async (...asked) => (await open()).request(...asked),
    list: async (...asked) => (await open()).list(...asked),
    session: async () => (await open()).session(),
    endpoint: async () => (await open()).endpoint(),
  }
}

/** The longest command whose words stand there; null for none. */
function longestName(argv: readonly string[], at: number, commands: Commands): string | null {
  for (let end = Math.min(argv.length, at + 3); end > at; end -= 1) {
    const name = argv.slice(at, end).join(' ')
    if (commands.has(name) || (name !== 'help' && name in OWN)) return name
  }
  return null
}

/** Known arguments, and the unknown ones as the command wants them. @throws UsageError, HelpAsked, CliError. */
function readWords(
  command: Command,
  known: readonly Argument[],
  prog: string,
  words: readonly string[],
): { args: Record<string, Json | undefined>; values: Record<string, Json> } {
  const dashes = command.unknown === undefined ? -1 : words.indexOf('--')
  const { args, unknown } = parseKnown(prog, known, dashes < 0 ? words : words.slice(0, dashes))
  command.place?.(args, unknown)
  if (command.unknown === 'values') return mergeValues(args, readValues(dashes < 0 ? unknown : words.slice(dashes)))
  if (command.unknown === undefined && unknown.length > 0) {
    throw new UsageError(prog, known, `unrecognized arguments: ${unknown.join(' ')}`)
  }
  return { args, values: {} }
}
