/** The reference of the command line as Markdown: an index, and a page for each topic with all of its commands. */
import type { IndexedCommand } from '#cli/faces.ts'
import type { Neutron } from '#cli/run.ts'
import { quoted } from '#cli/shell/words.ts'
import { exampleOf } from './example.ts'
import type { Recorder } from './recorder.ts'

export interface CommandPage {
  readonly name: string
  readonly topic: string
  readonly summary: string
  /** What `neutron help NAME` prints. */
  readonly help: string
  /** Empty where a command asks no server. */
  readonly example: string
  readonly requests: readonly string[]
}

const OWN_TOPIC = 'neutron'
const USAGE = 2

/** The page of the topic that a command belongs to: of the folder that speaks of it, else of its resource. */
export function topicOf(name: string, index: readonly IndexedCommand[]): string {
  const found = index.find((command) => command.name === name)
  const topic = found?.folder?.split('/').at(-1) ?? found?.resource ?? OWN_TOPIC
  return topic.replaceAll('_', '-')
}

/** A command, and what its example asks of a server: the one that `neutron` writes down at. */
export async function describe(
  name: string,
  topic: string,
  neutron: Neutron,
  recorder: Recorder,
): Promise<CommandPage> {
  const help = withoutFormatters(await neutron.commandHelp(name, `neutron ${name}`))
  const page = { name, topic, summary: neutron.summary(name), help }
  if (!neutron.around.commands.has(name) || neutron.around.commands.isOffline(name)) {
    return { ...page, example: '', requests: [] }
  }
  const { command, known } = await neutron.command(name)
  const words = exampleOf(name, known, command.unknown === 'values')
  // The answers are made up: a command may make nothing of them, but it must take the words.
  const code = await neutron.run([...name.split(' '), ...words]).catch(() => 0)
  if (code === USAGE) throw new Error(`the example of ${name} is not one it takes: ${words.join(' ')}`)
  const example = ['neutron', name, ...words.map((word) => quoted(word))].join(' ')
  return { ...page, example, requests: [...recorder.requests] }
}

const FORMATTERS = /\noutput formatters:\n[\s\S]*?(?=\nwaiting:\n|$)/

/** What is the same for every list and every object is said once. */
function withoutFormatters(help: string): string {
  return help.replace(FORMATTERS, '\noutput formatters: as below "neutron: output"\n')
}

/** Files by their names: `README.md`, `network.md`, … */
export function renderPages(
  pages: readonly CommandPage[],
  globalHelp: string,
  outputHelp: string,
): Map<string, string> {
  const topics = [...new Set(pages.map(({ topic }) => topic))].sort()
  const files = new Map([['README.md', renderIndex(pages)]])
  for (const topic of topics) {
    const own = pages.filter((page) => page.topic === topic)
    files.set(`${topic}.md`, renderTopic(topic, own, topic === OWN_TOPIC ? [globalHelp, outputHelp] : null))
  }
  return files
}

function renderIndex(pages: readonly CommandPage[]): string {
  const rows = pages.map(
    ({ name, topic, summary }) => `| [\`neutron ${name}\`](${topic}.md#${anchor(name)}) | ${cell(summary)} |`,
  )
  return `# Commands

Every command of \`neutron\`, made by \`npm run docs\` from the data that \`neutron help\` shows. Options that stand
before any command, and those for its output, are in [neutron](${OWN_TOPIC}.md).

| Command | Does |
|---|---|
${rows.join('\n')}
`
}

function renderTopic(topic: string, pages: readonly CommandPage[], helps: readonly [string, string] | null): string {
  const [all, output] = helps ?? []
  const head = helps === null ? '' : `\n## neutron\n\n${fence(all!)}\n\n## neutron: output\n\n${fence(output!)}\n`
  return `# neutron: ${topic === OWN_TOPIC ? 'the command itself' : topic.replaceAll('-', ' ')}
${head}
${pages.map(renderCommand).join('\n')}`
}

function renderCommand({ name, help, example, requests }: CommandPage): string {
  const shown = example === '' ? '' : `\nExample:\n\n${fence(`$ ${example}`, 'console')}\n`
  const calls = requests.length === 0 ? '' : `\nIt sends:\n\n${fence(requests.join('\n'), 'http')}\n`
  return `## neutron ${name}

${fence(help)}
${shown}${calls}`
}

function fence(text: string, language = ''): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``
}

/** GitHub's anchor of a heading. */
function anchor(name: string): string {
  return `neutron-${name.replaceAll(' ', '-')}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
