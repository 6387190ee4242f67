/**
 * The command line of `neutron-db-manage` as data: options before the verb, verbs, options after it.
 * Source: upstream 21.0's `--help`, of the command and of each verb.
 */
import type { Argument } from '#cli/command.ts'
import { helpArgument } from '#cli/grammar/help.ts'
import { HelpAsked, parseKnown, UsageError } from '#cli/grammar/parse.ts'

export const PROGRAM = 'neutron-db-manage'

export interface Verb {
  readonly name: string
  readonly help: string
  readonly arguments: readonly Argument[]
}

/** What was asked for: options before the verb, the verb, options after it. */
export interface Request {
  readonly top: Values
  readonly verb: Verb
  readonly args: Values
}

export type Values = Readonly<Record<string, unknown>>

/** `--help` was asked for: of the verb, or of the command. */
export interface HelpRequest {
  readonly help: Verb | null
}

const database = 'database options'

export const topArguments: readonly Argument[] = [
  helpArgument,
  {
    flags: ['--config-dir'],
    name: 'config_dir',
    metavar: 'DIR',
    action: 'append',
    help: 'Read DIR/*.conf, in the order of their names; may be repeated, a later file wins.',
  },
  {
    flags: ['--config-file'],
    name: 'config_file',
    metavar: 'PATH',
    action: 'append',
    help:
      'Read this file; may be repeated, a later one wins. Without one, neutron.conf and neutron-db-manage.conf are ' +
      'looked for in ~/.neutron, ~, /etc/neutron and /etc.',
  },
  {
    flags: ['--subproject'],
    name: 'subproject',
    help: "The project whose schema is meant. There is one schema: that of 'neutron'.",
  },
  {
    flags: ['--database-connection'],
    name: 'connection',
    metavar: 'DATABASE_CONNECTION',
    group: database,
    help: 'The URL of the database, in place of [database] connection.',
  },
  {
    flags: ['--database-engine'],
    name: 'engine',
    metavar: 'DATABASE_ENGINE',
    group: database,
    help: 'With --sql: the database the statements are for (mysql, postgresql, sqlite).',
  },
]

const verbose: Argument = { flags: ['--verbose'], name: 'verbose', action: 'true', help: 'Say more of each revision.' }
const sql: Argument = { flags: ['--sql'], name: 'sql', action: 'true', help: 'Print the statements, run none.' }
const branch: readonly Argument[] = [
  { flags: ['--expand'], name: 'expand', action: 'true', help: 'What may run beside a server.', exclusive: 'branch' },
  {
    flags: ['--contract'],
    name: 'contract',
    action: 'true',
    help: 'What may not: every server of an older version is stopped.',
    exclusive: 'branch',
  },
]

export const verbs: readonly Verb[] = [
  { name: 'current', help: 'Show how far the database is.', arguments: [verbose] },
  {
    name: 'history',
    help: 'List the revisions, newest first.',
    arguments: [
      verbose,
      {
        flags: ['-i', '--indicate-current'],
        name: 'current',
        action: 'true',
        help: 'Mark the revisions the database is at.',
      },
    ],
  },
  { name: 'branches', help: 'Show where revisions branch.', arguments: [verbose] },
  { name: 'heads', help: 'Show the newest revision of each branch.', arguments: [verbose] },
  {
    name: 'check_migration',
    help: "Show where revisions branch, and check the revisions' files and their order.",
    arguments: [],
  },
  {
    name: 'upgrade',
    help: 'Upgrade to a later revision. Running it twice, or on two machines at once, does no harm.',
    arguments: [
      { flags: ['--delta'], name: 'delta', type: 'integer', help: 'So many revisions.' },
      sql,
      {
        flags: ['--mysql-engine'],
        name: 'mysql_engine',
        default: '',
        help: 'Taken if it is InnoDB, which tables have.',
      },
      ...branch,
      { name: 'revision', nargs: '?', help: 'heads, +N, the beginning of an id, expand@head, contract@head.' },
    ],
  },
  {
    name: 'downgrade',
    help: '(No longer supported)',
    arguments: [{ name: 'None', nargs: '?', help: 'Downgrade not supported' }],
  },
  {
    name: 'stamp',
    help: 'Record that the database is at a revision; run nothing.',
    arguments: [sql, { name: 'revision', help: 'heads, base, an id.' }],
  },
  {
    name: 'revision',
    help: 'Says where revisions are written.',
    arguments: [
      { flags: ['-m', '--message'], name: 'message', help: 'What it is for.' },
      sql,
      ...branch,
      { flags: ['--autogenerate'], name: 'autogenerate', action: 'true', help: 'Not offered.', exclusive: 'branch' },
    ],
  },
  {
    name: 'has_offline_migrations',
    help: 'Tell by the exit code (1: yes) whether migrations wait for which every server has to be stopped.',
    arguments: [],
  },
]

/** As the whole command's usage names the verb. */
export const verbArgument: Argument = {
  name: 'command',
  metavar: `{${verbs.map(({ name }) => name).join(',')}} ...`,
  help: 'What to do.',
  group: 'Command',
}

/** @throws UsageError */
export function readWords(words: readonly string[]): Request | HelpRequest {
  const at = placeOfVerb(words)
  try {
    const { args: top } = strictly(PROGRAM, topArguments, words.slice(0, at))
    const name = words[at]
    if (name === undefined) throw topError('the following arguments are required: command')
    const verb = verbs.find((each) => each.name === name)
    if (!verb) {
      const choices = verbs.map((each) => `'${each.name}'`).join(', ')
      throw topError(`argument command: invalid choice: '${name}' (choose from ${choices})`)
    }
    try {
      const { args, unknown } = parseKnown(progOf(verb), [helpArgument, ...verb.arguments], words.slice(at + 1))
      if (unknown.length > 0) throw topError(`unrecognized arguments: ${unknown.join(' ')}`)
      return { top, verb, args }
    } catch (error) {
      if (error instanceof HelpAsked) return { help: verb }
      throw error
    }
  } catch (error) {
    if (error instanceof HelpAsked) return { help: null }
    throw error
  }
}

export function progOf({ name }: Verb): string {
  return `${PROGRAM} ${name}`
}

function strictly(prog: string, known: readonly Argument[], words: readonly string[]) {
  const parsed = parseKnown(prog, known, words)
  if (parsed.unknown.length > 0) throw topError(`unrecognized arguments: ${parsed.unknown.join(' ')}`)
  return parsed
}

function topError(message: string): UsageError {
  return new UsageError(PROGRAM, [...topArguments, verbArgument], message)
}

/** The first word that is no option and no option's value. */
function placeOfVerb(words: readonly string[]): number {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!
    if (!word.startsWith('-')) return at
    const takesValue = word !== '-h' && !'--help'.startsWith(word) && !word.includes('=')
    if (takesValue) at += 1
  }
  return words.length
}
