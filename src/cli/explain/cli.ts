/** `neutron explain port`: asks the server for a port's explanation and draws it. */
import type { Json, JsonObject } from '#base/json.ts'
import { type Argument, type Call, type Command, defineCli, type Output } from '#cli/command.ts'
import { CliError, HttpError } from '#cli/errors.ts'
import { findId } from '#cli/find.ts'
import { isAscii } from '#cli/topology/cli.ts'
import type { Explanation } from '#extensions/port-explanation/contract.ts'

/** Where the width is not known. */
const COLUMNS = 80

const ARGUMENTS: readonly Argument[] = [
  { name: 'port', metavar: 'PORT', help: 'ID or name of port to explain.' },
  {
    flags: ['-f', '--format'],
    name: 'format',
    choices: ['table', 'json', 'yaml'],
    default: 'table',
    help: 'table: a checklist; json, yaml: the answer as it is. Defaults to table.',
  },
  { flags: ['--utc'], name: 'utc', action: 'true', help: 'Show times as they are in UTC, not how long ago.' },
  { flags: ['--ascii'], name: 'ascii', action: 'true', help: 'Draw with ASCII characters only.' },
]

const explainPort: Command = {
  name: 'explain port',
  summary: 'Explain why a port works, or what is missing and who owes it.',
  description:
    'Explain why a port works, or what is missing and who owes it: each step from its creation to traffic, with what ' +
    'was seen. Exits with 1 when a step is missing.',
  arguments: ARGUMENTS,
  run: run,
}

async function run(call: Call): Promise<Output> {
  const { args, print, terminal, env } = call
  const id = await findId(call, 'port', String(args.port))
  const answer = await ask(call, id)
  const explanation = answer as unknown as Explanation
  const { drawExplanation, verdict } = await import('./drawing.ts')
  const { works, text } = verdict(explanation)
  if (args.format === 'json') {
    print(JSON.stringify(answer, null, 2))
  } else if (args.format === 'yaml') {
    const { renderYaml } = await import('#cli/output/yaml.ts')
    print(renderYaml(answer).trimEnd())
  } else {
    const drawing = drawExplanation(explanation, {
      columns: terminal.columns || COLUMNS,
      ascii: args.ascii === true || isAscii(env),
      absolute: args.utc === true,
      nowMs: Date.now(),
      paint: terminal.paint,
    })
    for (const line of drawing) print(line)
  }
  if (!works) throw new CliError(text)
  if (args.format === 'table') print(text)
  return null
}

/** @throws HttpError; CliError where the server has no such API. */
async function ask({ client }: Call, id: string): Promise<JsonObject> {
  try {
    const { body } = await client.request('GET', `/ports/${encodeURIComponent(id)}/explanation`)
    return (body as { readonly explanation: Json }).explanation as JsonObject
  } catch (error) {
    const isUnknown = error instanceof HttpError && error.status === 404 && error.type !== 'PortNotFound'
    throw isUnknown ? new CliError('This server does not explain ports.') : error
  }
}

export default defineCli({ commands: [explainPort] })
