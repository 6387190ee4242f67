/**
 * Runs the project's tests, a stage after the other, and says what each came to: the check (types, format, lint, layers,
 * tidiness), unit and contract tests, functional tests against the kernel, and end-to-end tests with clients we did not
 * write. `node scripts/test.ts [stage …]` runs only those; `upstream` runs only by name.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'

interface Stage {
  readonly title: string
  readonly commands: readonly (readonly string[])[]
  /** Only run when it is named: it needs what a developer's machine need not have. */
  readonly longer?: true
}

const ROOT = `${import.meta.dirname}/..`
const STAGES: Readonly<Record<string, Stage>> = {
  check: {
    title: 'types, format, lint, layers, tidiness',
    commands: [
      ['node_modules/.bin/tsc', '--noEmit'],
      ['node_modules/.bin/biome', 'ci', '--colors=off', '--error-on-warnings', '.'],
      ['node_modules/.bin/oxlint', '--deny-warnings'],
      tests(['test/layers.test.ts', 'test/tidy.test.ts'], 2),
    ],
  },
  unit: {
    title: 'decisions, without I/O',
    commands: [tests(globSync('{src,scripts}/**/*.test.ts', { cwd: ROOT }), 2)],
  },
  contract: {
    title: 'one promise, every implementation (SQLite, PostgreSQL, MariaDB; both transports)',
    commands: [tests(globSync('test/contract/**/*.test.ts', { cwd: ROOT }), 2)],
  },
  functional: {
    title: 'does the kernel agree',
    commands: [tests(globSync('test/functional/**/*.test.ts', { cwd: ROOT }), 1)],
  },
  e2e: {
    title: 'clients we did not write, processes that are killed',
    commands: [tests(globSync('test/e2e/**/*.test.ts', { cwd: ROOT }), 1)],
  },
  upstream: {
    title: "the same requests to upstream's own server",
    commands: [tests(globSync('test/upstream/**/*.test.ts', { cwd: ROOT }), 1)],
    longer: true,
  },
}

function tests(files: readonly string[], parallel: number): readonly string[] {
  return [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--test',
    `--test-concurrency=${parallel}`,
    '--test-timeout=600000',
    '--test-reporter=./scripts/test-reporter.ts',
    ...[...files].sort(),
  ]
}

function run([program, ...args]: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, { cwd: ROOT, stdio: 'inherit', env: { NO_COLOR: '1', ...process.env } })
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
}

const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(STAGES).filter((name) => !STAGES[name]!.longer)
const failed: string[] = []
for (const name of names) {
  const stage = STAGES[name]
  if (!stage) {
    console.error(`no stage '${name}'; there are: ${Object.keys(STAGES).join(', ')}`)
    process.exit(2)
  }
  console.log(`\n== ${name}: ${stage.title}`)
  const started = performance.now()
  for (const command of stage.commands) if ((await run(command)) !== 0 && !failed.includes(name)) failed.push(name)
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`== ${name}: ${failed.includes(name) ? 'FAILED' : 'passed'} in ${seconds} s`)
}
if (failed.length > 0) {
  console.error(`\nFailed: ${failed.join(', ')}`)
  process.exit(1)
}
console.log('\nAll stages passed.')
