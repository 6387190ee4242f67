/**
 * `neutron complete bash|zsh|line`: the scripts that make a shell ask, and the answer to what it asks. The shells are
 * told words and what they are about, a line each, with a tab between.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Argument } from '#cli/command.ts'
import { globalArguments } from '#cli/global-arguments.ts'
import { helpArgument } from '#cli/grammar/help.ts'
import { parseKnown } from '#cli/grammar/parse.ts'
import type { Neutron } from '#cli/run.ts'
import { completeLine, type Known } from './completion.ts'
import { type NamesOf, namesFrom } from './names.ts'
import { typedLine } from './words.ts'

const SHARE = join(import.meta.dirname, '../../../share')
const SCRIPTS: Readonly<Record<string, string>> = {
  bash: join(SHARE, 'bash-completion/completions/neutron'),
  zsh: join(SHARE, 'zsh/site-functions/_neutron'),
}
const FILES = ':files'

export const completeArguments: readonly Argument[] = [
  helpArgument,
  {
    name: 'what',
    metavar: 'bash|zsh|line',
    choices: [...Object.keys(SCRIPTS), 'line'],
    help: 'The script for that shell: eval "$(neutron complete bash)". Or, for such a script, what may follow a line.',
  },
  { name: 'line', metavar: 'LINE', nargs: '?', help: 'The line up to the cursor, with the name of the command.' },
]

/** Answers the exit code. */
export async function complete(neutron: Neutron, words: readonly string[], prog: string): Promise<number> {
  const { args } = parseKnown(prog, completeArguments, words)
  const script = SCRIPTS[String(args.what)]
  if (script !== undefined) {
    neutron.around.write(readFileSync(script, 'utf8'))
    return 0
  }
  const line = String(args.line ?? '').replace(/^\s*\S+\s?/, '')
  const { choices, files } = await completeLine(line, knownTo(neutron), namesOf(neutron, line))
  const lines = choices.map(({ word, help }) => `${word}\t${help.split('\n')[0]}`)
  neutron.around.write((files ? [FILES] : lines).map((text) => `${text}\n`).join(''))
  return 0
}

/** What there is to choose from. */
export function knownTo(neutron: Neutron, more: Known['more'] = []): Known {
  const { commands, env } = neutron.around
  return {
    commands: neutron.names().map((word) => ({ word, help: neutron.summary(word) })),
    more,
    outlines: commands.outlines,
    argumentsOf: (name) => neutron.argumentsOf(name),
    globals: globalArguments(env),
  }
}

/** Asks as the line's own options say. Without credentials there are no names. */
function namesOf(neutron: Neutron, line: string): NamesOf {
  return async (outline) => {
    try {
      const client = await neutron.clientFor(typedLine(line).words)
      return await namesFrom(client)(outline)
    } catch {
      return []
    }
  }
}
