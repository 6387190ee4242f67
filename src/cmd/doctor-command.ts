/** `neutron doctor` as a command: its arguments, how its findings are printed. What is asked is in `src/doctor/`. */
import { OperatingError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import type { Argument, Call, Command, Output } from '#cli/command.ts'
import { catalogue } from '#doctor/catalogue.ts'
import { checklist, summaryOf } from '#doctor/checklist.ts'
import { AREAS, type Area } from '#doctor/finding.ts'
import { examineHost } from './doctor.ts'

/** What ends the command with that message; handed in, for the bundle of the command line has errors of its own. */
type Fail = (message: string) => Error

const KNOWN: readonly Argument[] = [
  {
    name: 'areas',
    metavar: 'AREA',
    nargs: '*',
    help: `What to ask about; everything by default. One of: ${AREAS.join(', ')}.`,
    choices: AREAS,
  },
  {
    flags: ['--config-file'],
    name: 'config_file',
    metavar: 'FILE',
    action: 'append',
    help: 'Configuration to read; may be repeated. By default neutron.conf and the files of the agents in /etc/neutron.',
  },
  {
    flags: ['--config-dir'],
    name: 'config_dir',
    metavar: 'DIR',
    action: 'append',
    help: 'Read the *.conf of this folder.',
  },
  {
    flags: ['--state'],
    name: 'state',
    metavar: 'DIR',
    help: 'The state of ./neutrino up: the configuration it runs with is read.',
  },
  {
    flags: ['-f', '--format'],
    name: 'format',
    choices: ['table', 'json'],
    default: 'table',
    help: 'table: a checklist; json: a list of findings.',
  },
  {
    flags: ['-a', '--all'],
    name: 'all',
    action: 'true',
    help: 'Show also what is good, and what was not asked.',
  },
]

export const doctorCommand = (fail: Fail): Command => ({
  name: 'doctor',
  summary: 'Say what this host and its cloud lack, and what mends it.',
  description:
    'Say what this host and its cloud lack, each with what was seen, why it matters and the command that mends it. ' +
    'Everything is tried; nothing is changed. Exits with 1 when something is lacking.',
  arguments: KNOWN,
  run: (call) => runDoctor(call, fail),
})

async function runDoctor({ args, print, terminal, signal }: Call, fail: Fail): Promise<Output> {
  const { findings, skipped } = await examineHost(
    {
      configFiles: texts(args.config_file),
      configDirs: texts(args.config_dir),
      state: typeof args.state === 'string' ? args.state : null,
      areas: texts(args.areas) as Area[],
    },
    catalogue,
    signal,
  ).catch((error: unknown) => {
    // A state that never was is the caller's mistake, in a line.
    throw error instanceof OperatingError ? fail(error.message) : error
  })
  if (args.format === 'json') print(JSON.stringify(findings, null, 2))
  else {
    const { paint } = terminal
    for (const line of checklist(findings, { paint, verbose: args.all === true, skipped })) print(line)
  }
  const summary = summaryOf(findings)
  if (findings.some(({ state }) => state === 'lacking')) throw fail(summary)
  if (args.format !== 'json') print(summary)
  return null
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
