/** `neutron explain port|network|router|floatingip`: asks the server for an explanation and draws it. */
import type { Json, JsonObject } from '#base/json.ts'
import { type Argument, type Call, type Command, defineCli, type Output } from '#cli/command.ts'
import { CliError, HttpError, NoUniqueMatch } from '#cli/errors.ts'
import { findId } from '#cli/find.ts'
import { isAscii } from '#cli/topology/cli.ts'
import type { Explanation } from '#extensions/explanation/contract.ts'

/** Where the width is not known. */
const COLUMNS = 80

const OPTIONS: readonly Argument[] = [
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

interface Kind {
  /** Singular name of the resource. */
  readonly resource: string
  readonly noun: string
  readonly help: string
  /** Its id, by what the operator calls it. */
  readonly find: (call: Call, word: string) => Promise<string>
}

function explaining(kind: Kind): Command {
  const { resource, noun, help } = kind
  const called = noun.toLowerCase().replace(' ip', ' IP')
  return {
    name: `explain ${resource}`,
    summary: `Explain why a ${called} works, or what is missing and who owes it.`,
    description:
      `Explain why a ${called} works, or what is missing and who owes it: each step from its creation to traffic, ` +
      'with what was seen. Exits with 1 when a step is missing.',
    arguments: [{ name: resource, metavar: resource.toUpperCase(), help }, ...OPTIONS],
    run: (call) => run(call, kind),
  }
}

async function run(call: Call, { resource, noun, find }: Kind): Promise<Output> {
  const { args, print, terminal, env } = call
  const id = await find(call, String(args[resource]))
  const answer = await ask(call, resource, id)
  const explanation = answer as unknown as Explanation
  const { drawExplanation, verdict } = await import('./drawing.ts')
  const { works, text } = verdict({ noun, id }, explanation)
  if (args.format === 'json') {
    print(JSON.stringify(answer, null, 2))
  } else if (args.format === 'yaml') {
    const { renderYaml } = await import('#cli/output/yaml.ts')
    print(renderYaml(answer).trimEnd())
  } else {
    const drawing = drawExplanation({ noun, id }, explanation, {
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
async function ask({ client }: Call, resource: string, id: string): Promise<JsonObject> {
  try {
    const { body } = await client.request('GET', `/${resource}s/${encodeURIComponent(id)}/explanation`)
    return (body as { readonly explanation: Json }).explanation as JsonObject
  } catch (error) {
    const isUnknown = error instanceof HttpError && error.status === 404 && ['', 'HTTPNotFound'].includes(error.type)
    throw isUnknown ? new CliError(`This server does not explain a ${resource}.`) : error
  }
}

/** By id or address: a floating IP has no name. */
async function floatingIpOf(call: Call, word: string): Promise<string> {
  if (!IP.test(word)) return findId(call, 'floatingip', word, { names: false })
  const found = await call.client.list('/floatingips', { floating_ip_address: word, fields: ['id'] })
  if (found.length === 0) throw new HttpError(`Unable to find floatingip with address '${word}'`, 404)
  if (found.length > 1) throw new NoUniqueMatch(`Multiple floatingip matches found for address '${word}', use an ID.`)
  return String(found[0]!.id)
}

const IP = /^\d+\.\d+\.\d+\.\d+$/

export default defineCli({
  commands: [
    explaining({
      resource: 'port',
      noun: 'Port',
      help: 'ID or name of port to explain.',
      find: (call, word) => findId(call, 'port', word),
    }),
    explaining({
      resource: 'network',
      noun: 'Network',
      help: 'ID or name of network to explain.',
      find: (call, word) => findId(call, 'network', word),
    }),
    explaining({
      resource: 'router',
      noun: 'Router',
      help: 'ID or name of router to explain.',
      find: (call, word) => findId(call, 'router', word),
    }),
    explaining({
      resource: 'floatingip',
      noun: 'Floating IP',
      help: 'ID or address of floating IP to explain.',
      find: floatingIpOf,
    }),
  ],
})
