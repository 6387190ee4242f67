/**
 * The options every command that prints a list or one object takes: which format, which columns, and what each format
 * can be told. Source: cliff 4.0, "Output formatters" as `neutron help net-list` and `neutron help net-show` show them.
 */
import type { Argument } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'

export type OutputKind = 'list' | 'show'
type Environment = Readonly<Record<string, string | undefined>>

const GENERAL = { title: 'output formatters', description: 'output formatter options' }
const SHELL_GROUP = {
  title: 'shell formatter',
  description: 'a format a UNIX shell can parse (variable="value")',
}
const TABLE = 'table formatter'

/**
 * In the order of the help text. `CLIFF_MAX_TERM_WIDTH` and `CLIFF_FIT_WIDTH` are defaults.
 * @throws CliError when one of these variables is no whole number.
 */
export function outputArguments(kind: OutputKind, env: Environment = {}): Argument[] {
  return [
    {
      flags: ['-f', '--format'],
      name: 'formatter',
      choices:
        kind === 'list' ? ['csv', 'json', 'table', 'value', 'yaml'] : ['json', 'shell', 'table', 'value', 'yaml'],
      default: 'table',
      help: 'the output format, defaults to table',
      group: GENERAL,
    },
    {
      flags: ['-c', '--column'],
      name: 'columns',
      metavar: 'COLUMN',
      action: 'append',
      help: 'specify the column(s) to include, can be repeated to show multiple columns',
      group: GENERAL,
    },
    ...(kind === 'list' ? [QUOTE] : []),
    NO_INDENT,
    ...(kind === 'show' ? SHELL : []),
    ...tableArguments(env),
    ...(kind === 'list' ? SORT : []),
  ]
}

const QUOTE: Argument = {
  flags: ['--quote'],
  name: 'quote_mode',
  choices: ['all', 'minimal', 'none', 'nonnumeric'],
  default: 'nonnumeric',
  help: 'when to include quotes, defaults to nonnumeric',
  group: 'CSV Formatter',
}

const NO_INDENT: Argument = {
  flags: ['--noindent'],
  name: 'noindent',
  action: 'true',
  help: 'whether to disable indenting the JSON',
  group: 'json formatter',
}

const SHELL: readonly Argument[] = [
  { flags: ['--variable'], name: 'variables', metavar: 'VARIABLE', action: 'append', group: SHELL_GROUP },
  {
    flags: ['--prefix'],
    name: 'prefix',
    default: '',
    help: 'add a prefix to all variable names',
    group: SHELL_GROUP,
  },
]

const SORT: readonly Argument[] = [
  {
    flags: ['--sort-column'],
    name: 'sort_columns',
    metavar: 'SORT_COLUMN',
    action: 'append',
    help:
      'specify the column(s) to sort the data (columns specified first have a priority, ' +
      'non-existing columns are ignored), can be repeated',
    group: GENERAL,
  },
  {
    flags: ['--sort-ascending'],
    name: 'sort_direction',
    action: 'const',
    const: 'asc',
    help: 'sort the column(s) in ascending order',
    group: GENERAL,
    exclusive: 'sort direction',
  },
  {
    flags: ['--sort-descending'],
    name: 'sort_direction',
    action: 'const',
    const: 'desc',
    help: 'sort the column(s) in descending order',
    group: GENERAL,
    exclusive: 'sort direction',
  },
]

function tableArguments(env: Environment): Argument[] {
  return [
    {
      flags: ['--max-width'],
      name: 'max_width',
      metavar: '<integer>',
      type: 'integer',
      default: wholeNumber(env.CLIFF_MAX_TERM_WIDTH),
      help:
        'Maximum display width, <1 to disable. You can also use the CLIFF_MAX_TERM_WIDTH environment variable, ' +
        'but the parameter takes precedence.',
      group: TABLE,
    },
    {
      flags: ['--fit-width'],
      name: 'fit_width',
      action: 'true',
      default: wholeNumber(env.CLIFF_FIT_WIDTH) !== 0,
      help:
        'Fit the table to the display width. Implied if --max-width greater than 0. ' +
        'Set the environment variable CLIFF_FIT_WIDTH=1 to always enable',
      group: TABLE,
    },
    {
      flags: ['--print-empty'],
      name: 'print_empty',
      action: 'true',
      help: 'Print empty table if there is no data to show.',
      group: TABLE,
    },
  ]
}

function wholeNumber(text: string | undefined): number {
  if (text === undefined) return 0
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new CliError(`invalid literal for int() with base 10: '${text}'`)
  return Number(text)
}
