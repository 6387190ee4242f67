/**
 * One command line of `neutron-db-manage`, from its words to its exit code. Texts and codes are upstream's: a verb says
 * what it runs and `OK`; what cannot be done is `FAILED: …` with 255, what makes no sense is a line with 1.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OperatingError } from '#base/errors.ts'
import { helpArgument, helpText } from '#cli/grammar/help.ts'
import { UsageError } from '#cli/grammar/parse.ts'
import { usage } from '#cli/grammar/usage.ts'
import { ConfigError } from '#config/errors.ts'
import { SOURCE } from '#plugin/folders.ts'
import { SchemaRefused } from '#store/migrate.ts'
import { UnknownRevision } from '#store/revisions.ts'
import { PROGRAM, progOf, type Request, readWords, topArguments, verbArgument, verbs } from './arguments.ts'
import { refuseDowngrade, refuseRevision, stampAt, targetOf, upgrade } from './change.ts'
import { Failed, Refused } from './failed.ts'
import { type Host, withHost } from './host.ts'
import { checkMigrations, hasOfflineMigrations, showBranches, showCurrent, showHeads, showHistory } from './show.ts'

/** Answers its exit code, or nothing for 0. */
type Run = (host: Host, request: Request) => Promise<unknown>

/** With what it is announced as; null: not at all. */
const RUNS: { readonly [verb: string]: readonly [announced: string | null, run: Run] } = {
  current: ['current', showCurrent],
  history: ['history', showHistory],
  branches: ['branches', showBranches],
  heads: ['heads', showHeads],
  check_migration: ['branches', checkMigrations],
  upgrade: ['upgrade', upgrade],
  downgrade: [null, refuseDowngrade],
  stamp: ['stamp', stampAt],
  revision: [null, refuseRevision],
  has_offline_migrations: [null, hasOfflineMigrations],
}

/** Projects whose tables upstream keeps in packages of their own, and here the folder they are in. */
const SUBPROJECTS: { readonly [name: string]: string } = {
  'neutron-fwaas': 'services/firewall',
  'neutron-lbaas': 'services/lbaas',
  'neutron-vpnaas': 'services/vpnaas',
}

const TERMINAL_COLUMNS = 80
const INTERRUPTED = 130

/** Answers the exit code. */
export async function runDbManage(words: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    const request = readWords(words)
    if ('help' in request) {
      process.stdout.write(helpOf(request.help))
      return 0
    }
    checkSubproject(request.top.subproject)
    return await withHost(request.top, signal, (host) => announced(host, request))
  } catch (error) {
    return answer(error, signal)
  }
}

async function announced(host: Host, request: Request): Promise<number> {
  const [name, run] = RUNS[request.verb.name]!
  const { args } = request
  if (name === 'upgrade') targetOf(args)
  if (name === null) return codeOf(await run(host, request))
  // What --sql prints is SQL from the first line to the last.
  const mark = args.sql === true ? '-- ' : ''
  const branch = args.expand === true ? ' (expand)' : args.contract === true ? ' (contract)' : ''
  host.print(`${mark}Running ${name}${branch} for neutron ...`)
  const code = codeOf(await run(host, request))
  host.print(`${mark}OK`)
  return code
}

function codeOf(answer: unknown): number {
  return typeof answer === 'number' ? answer : 0
}

function helpOf(verb: Request['verb'] | null): string {
  const columns = process.stdout.columns || TERMINAL_COLUMNS
  if (verb !== null) return helpText(progOf(verb), verb.help, [helpArgument, ...verb.arguments], columns)
  const listed = verbs.map(({ name, help }) => `    ${name.padEnd(22)}  ${help}`).join('\n')
  return `${helpText(PROGRAM, '', [...topArguments, verbArgument], columns)}${listed}\n`
}

/** @throws Refused */
function checkSubproject(name: unknown): void {
  if (typeof name !== 'string' || name === 'neutron') return
  const folder = SUBPROJECTS[name]
  if (folder === undefined || !existsSync(join(SOURCE, folder))) {
    throw new Refused(`argument --subproject: Invalid String(choices=['neutron']) value: ${name}`, 2)
  }
  process.stderr.write(`${PROGRAM}: ${name} has no schema of its own here: it is part of neutron's\n`)
}

function answer(error: unknown, signal: AbortSignal): number {
  if (error instanceof UsageError) {
    process.stderr.write(`${usage(error.prog, error.known, TERMINAL_COLUMNS - 2)}\n`)
    return complain(`${error.prog}: error: ${error.message}`, error.exitCode)
  }
  if (error instanceof Failed || error instanceof UnknownRevision || error instanceof SchemaRefused) {
    process.stdout.write(`FAILED: ${error.message}\n`)
    return 255
  }
  if (signal.aborted) return complain(`${PROGRAM}: interrupted; the same command goes on`, INTERRUPTED)
  if (error instanceof Refused) return complain(error.message, error.exitCode)
  if (error instanceof OperatingError || error instanceof ConfigError) {
    return complain(`${PROGRAM}: error: ${error.message}`, 1)
  }
  throw error
}

function complain(line: string, code: number): number {
  process.stderr.write(`${line}\n`)
  return code
}
