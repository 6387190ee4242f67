/** The shell of this process: its lines are run with the options and the session that the process was started with. */
import type { Readable, Writable } from 'node:stream'
import { CliError } from '#cli/errors.ts'
import type { Neutron } from '#cli/run.ts'
import { knownTo } from './commands.ts'
import { completeLine } from './completion.ts'
import { runShell, SHELL_COMMANDS } from './interactive.ts'
import { namesFrom } from './names.ts'
import { quoted, typedLine } from './words.ts'

export interface Streams {
  readonly input: Readable & { readonly isTTY?: boolean }
  readonly output: Writable
}

/** Until it is left. Answers the exit code. */
export async function openShell(neutron: Neutron, streams: Streams): Promise<number> {
  const { env, write, warn } = neutron.around
  const namesOf = namesFrom(await neutron.client())
  const more = Object.entries(SHELL_COMMANDS).map(([word, help]) => ({ word, help }))
  const known = knownTo(neutron, more)
  return runShell({
    ...streams,
    env,
    print: (line) => write(`${line}\n`),
    warn,
    async run(words, signal) {
      try {
        await neutron.runLine(words, signal)
      } catch (error) {
        // A fault of this program's, which the session survives.
        warn(error instanceof CliError ? error.message : `internal error: ${(error as Error).stack ?? error}`)
      }
    },
    async complete(line) {
      const { open, start } = typedLine(line)
      const { choices } = await completeLine(line, known, namesOf)
      const end = choices.length === 1 ? ' ' : ''
      return [choices.map(({ word }) => quoted(word, open) + end), line.slice(start)]
    },
  })
}
