/**
 * `npm run bench [name…]`: asks the questions of this folder, each of a server of its own, prints the answers and keeps
 * them in results/. Nothing here passes or fails: numbers drift with the machine, ratios in one run are what counts.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { Bench, type Question } from './question.ts'
import { startBenchServer } from './server.ts'

const QUESTIONS: readonly string[] = ['start', 'lists', 'writes', 'layer3']

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !QUESTIONS.includes(name))
if (unknown.length > 0) {
  process.stderr.write(`bench: no such question: ${unknown.join(', ')}; there are ${QUESTIONS.join(', ')}\n`)
  process.exit(2)
}
for (const name of wanted.length > 0 ? wanted : QUESTIONS) await ask(name)

async function ask(name: string): Promise<void> {
  const { default: question } = (await import(`./${name}.ts`)) as { default: Question }
  process.stdout.write(`\n# ${question.question}\n\n`)
  await using server = await startBenchServer()
  const answer = await question.run(new Bench(server, (line) => process.stderr.write(`  ${line}\n`)))
  process.stdout.write(`${answer}\n`)
  keep(name, `# ${question.question}\n\n${machine()}\n\n${answer}\n`)
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
    `${day}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${memory} GiB, Node ${process.versions.node}; ` +
    'server, SQLite with synchronous=FULL and load generator on the same machine. Times in milliseconds. "reference" is\n' +
    'upstream 2022.2 as measured once on a machine of this size, "times" how many times faster this is, "floor" how many\n' +
    'times it has to be.'
  )
}
