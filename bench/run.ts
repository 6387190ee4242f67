/**
 * `npm run bench [name…]`: asks the questions of this folder, each of a server of its own, prints the answers and keeps
 * them in results/. Nothing here passes or fails: numbers drift with the machine, ratios in one run are what counts.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { ownHost } from '../test/e2e/one-host.ts'
import { Bench, type HostQuestion, type Question } from './question.ts'
import { startBenchServer } from './server.ts'

const QUESTIONS: readonly string[] = [
  'start',
  'lists',
  'writes',
  'layer3',
  'scale',
  'wiring',
  'restart',
  'command',
  'schema',
]

// What is started here starts as the launcher starts it: with compiled modules kept.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../.tools/compiled')

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !QUESTIONS.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no such question: ${unknown.join(', ')}; there are ${QUESTIONS.join(', ')}\n`)
  process.exit(2)
}
const names = wanted.length > 0 ? wanted : QUESTIONS
for (const name of names) await ask(name)

async function ask(name: string): Promise<void> {
  const { default: question } = (await import(`./${name}.ts`)) as { default: Question | HostQuestion }
  if ('host' in question && names.length > 1) {
    // It takes namespaces for its whole process.
    spawnSync(process.execPath, [import.meta.filename, name], { stdio: 'inherit' })
    return
  }
  if ('host' in question) ownHost()
  process.stdout.write(`\n# ${question.question}\n\n`)
  const answer = 'host' in question ? await question.run(say) : await askServer(question)
  process.stdout.write(`${answer}\n`)
  keep(name, `# ${question.question}\n\n${machine()}\n\n${answer}\n`)
}

async function askServer(question: Question): Promise<string> {
  await using server = await startBenchServer(question.auth)
  return await question.run(new Bench(server, say))
}

function say(line: string): void {
  process.stderr.write(`  ${line}\n`)
}

function keep(name: string, text: string): void {
  const folder = join(import.meta.dirname, 'results')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.md`), text)
}

function machine(): string {
  const memory = (totalmem() / 2 ** 30).toFixed(0)
  const day = new Date().toISOString().slice(0, 10)
  return (
    `${day}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ` +
    `${process.versions.node}; SQLite with synchronous=FULL; what is measured and what measures share the machine. Times\n` +
    'in milliseconds. "reference" is upstream 2022.2 as measured once on a machine of this size; "times", how many times\n' +
    'faster this is; "floor", what it has to reach.'
  )
}
