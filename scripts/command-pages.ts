/** The pages of docs/reference/commands/: every command there is, each run once against answers made up for it. */

import { Commands, readIndex } from '#cli/discover.ts'
import { CliError } from '#cli/errors.ts'
import { helpText } from '#cli/grammar/help.ts'
import { outputArguments } from '#cli/output/arguments.ts'
import { type CommandPage, describe, renderPages, topicOf } from '#cli/reference/pages.ts'
import { recorder } from '#cli/reference/recorder.ts'
import { Neutron } from '#cli/run.ts'
import { doctorCommand } from '#cmd/doctor-command.ts'

const doctor = doctorCommand((message) => new CliError(message))
const EXTRA = [{ name: 'doctor', summary: doctor.summary, offline: true as const, load: async () => doctor }]

/** Every command's page. */
export async function describeCommands(): Promise<CommandPage[]> {
  const { index, commands } = await everything()
  const pages: CommandPage[] = []
  for (const name of neutronOver(commands).neutron.names()) {
    const { neutron, recording } = neutronOver(commands)
    pages.push(await describe(name, topicOf(name, index.commands), neutron, recording))
  }
  return pages
}

/** Files by their names. */
export async function commandPages(): Promise<Map<string, string>> {
  const { commands } = await everything()
  const help = neutronOver(commands).neutron.help()
  const output = helpText(
    'neutron COMMAND',
    'Lists; objects have the same without csv and without sorting.',
    outputArguments('list', {}),
    80,
  )
  return renderPages(await describeCommands(), help.slice(0, help.indexOf('\nCommands for API')), output)
}

async function everything() {
  const index = await readIndex(null)
  return { index, commands: new Commands(index, EXTRA) }
}

/** One that prints nothing, in an empty environment, and the requests it would send. */
function neutronOver(commands: Commands) {
  const recording = recorder(commands.outlines)
  const neutron = new Neutron({
    env: {},
    write: () => {},
    warn: () => {},
    progress: () => {},
    forPeople: false,
    terminal: { isTTY: false, columns: 80, paint: (_, text) => text },
    signal: new AbortController().signal,
    commands,
    version: '',
    openClient: async () => recording.client,
  })
  return { neutron, recording }
}
