/** `neutron doctor` as a command: its arguments, how its findings are printed. What is asked is in `src/doctor/`. */
import { OperatingError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import type { Call, Command, Output } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { catalogue } from '#doctor/catalogue.ts'
import { checklist, summaryOf } from '#doctor/checklist.ts'
import type { Examination } from '#doctor/examine.ts'
import { AREAS, type Area } from '#doctor/finding.ts'
import { examineHost } from './doctor.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Say what this host and its cloud lack, and what mends it.',
  description:
    'Say what this host and its cloud lack, each with what was seen, why it matters and the command that mends it. ' +
    'Everything is tried; nothing is changed. Exits with 1 when something is lacking.',
  arguments: [
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
  ],
  run: runDoctor,
}

async function runDoctor({ args, print, terminal, signal }: Call): Promise<Output> {
  const { findings, skipped } = await found(
    {
      configFiles: texts(args.config_file),
      configDirs: texts(args.config_dir),
      state: typeof args.state === 'string' ? args.state : null,
      areas: texts(args.areas) as Area[],
    },
    catalogue,
    signal,
  )
  if (args.format === 'json') print(JSON.stringify(findings, null, 2))
  else {
    const { paint } = terminal
    for (const line of checklist(findings, { paint, verbose: args.all === true, skipped })) print(line)
  }
  const summary = summaryOf(findings)
  if (findings.some(({ state }) => state === 'lacking')) throw new CliError(summary)
  if (args.format !== 'json') print(summary)
  return null
}

/** A state that never was is the caller's mistake, in a line. */
async function found(...asked: Parameters<typeof examineHost>): Promise<Examination> {
  try {
    return await examineHost(...asked)
  } catch (error) {
    if (error instanceof OperatingError) throw new CliError(error.message)
    throw error
  }
}

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : []
}
