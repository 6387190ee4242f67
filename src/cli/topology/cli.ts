/** `neutron topology`: the project's networks drawn, in the terminal and in four forms for elsewhere. */
import { writeFile } from 'node:fs/promises'
import { type Argument, type Call, type Command, defineCli, type Output } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { graphOf, type Topology } from './graph.ts'
import { type Reading, readNetworks, readProject } from './read.ts'
import { LIMITS, NO_LIMITS } from './words.ts'

/** Where the width is not known: what a page of text has room for. */
const COLUMNS = 100

const ARGUMENTS: readonly Argument[] = [
  {
    flags: ['-f', '--format'],
    name: 'format',
    choices: ['text', 'svg', 'mermaid', 'dot', 'json'],
    default: 'text',
    help: 'The form of the drawing, defaults to text.',
  },
  {
    flags: ['--network'],
    name: 'network',
    metavar: 'NETWORK',
    action: 'append',
    help: 'Draw only this network (name or ID) and what it is joined to. You can repeat this option.',
  },
  {
    flags: ['--all-tenants', '--all-projects'],
    name: 'all_projects',
    action: 'true',
    help: "Draw everything you may see, not only what is your project's.",
  },
  { flags: ['--all'], name: 'all', action: 'true', help: 'Draw each network and port, however many there are.' },
  { flags: ['-o', '--output'], name: 'output', metavar: 'FILE', help: 'Write the drawing to this file.' },
  { flags: ['--ascii'], name: 'ascii', action: 'true', help: 'Draw with ASCII characters only.' },
]

const topology: Command = {
  name: 'topology',
  summary: 'Draw networks, routers, instances and how they are joined.',
  arguments: ARGUMENTS,
  async run(call: Call): Promise<Output> {
    const { records, missing } = await read(call)
    for (const collection of missing) call.warn(`This server has no ${collection}: they are left out.`)
    const text = await render(call, graphOf(records))
    const file = call.args.output
    if (typeof file !== 'string') return { kind: 'text', text }
    await write(file, text)
    return null
  },
}

async function read({ args, client }: Call): Promise<Reading> {
  const names = args.network as readonly string[] | undefined
  if (names && names.length > 0) return readNetworks(client, [...new Set(names)])
  const projectId = args.all_projects === true ? null : ((await client.session())?.projectId ?? null)
  return readProject(client, projectId)
}

/** Each form is loaded when it is asked for. */
async function render({ args, terminal, env }: Call, graph: Topology): Promise<string> {
  const limits = args.all === true ? NO_LIMITS : LIMITS
  switch (args.format) {
    case 'svg':
      return (await import('./svg.ts')).renderSvg(graph, limits)
    case 'mermaid':
      return (await import('./mermaid.ts')).renderMermaid(graph)
    case 'dot':
      return (await import('./dot.ts')).renderDot(graph)
    case 'json':
      return (await import('./json.ts')).renderJson(graph)
    default: {
      const [{ renderTerminal }, { paintLines }] = await Promise.all([import('./terminal.ts'), import('./lines.ts')])
      const columns = terminal.columns || COLUMNS
      const ascii = args.ascii === true || isAscii(env)
      const plain = typeof args.output === 'string'
      return paintLines(renderTerminal(graph, { columns, ascii, limits }), plain ? (_, text) => text : terminal.paint)
    }
  }
}

/** Whether the terminal shows ASCII alone. Source: locale(7), the order in which the variables count. */
export function isAscii(env: Call['env']): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '') ?? ''
  return env.TERM === 'dumb' || !/utf-?8/i.test(locale)
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliError(`The drawing could not be written: ${reason}`)
  }
}

export default defineCli({ commands: [topology] })
