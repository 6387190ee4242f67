/**
 * `neutron-db-manage` beside upstream's on one MariaDB: whole processes, by turns in one run. Each makes its own schema
 * in a database of its own, asks where it is, and upgrades again to no effect.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mariadbDatabase } from '../test/databases.ts'
import { percentile, renderCells, short } from './measure.ts'
import { defineQuestion } from './question.ts'

const PROGRAMS = {
  neutrino: join(import.meta.dirname, '../bin/neutron-db-manage'),
  "Debian's": '/usr/bin/neutron-db-manage',
} as const
type Name = keyof typeof PROGRAMS

/** A new schema takes upstream half a minute. */
const SCENARIOS = [
  { name: 'a new schema: `upgrade heads`', words: ['upgrade', 'heads'], rounds: 2, fresh: true },
  { name: '`upgrade heads`, nothing to do', words: ['upgrade', 'heads'], rounds: 5, fresh: false },
  { name: '`current`', words: ['current'], rounds: 5, fresh: false },
  { name: '`history`', words: ['history'], rounds: 5, fresh: false },
] as const

export default defineQuestion({
  question: 'How long does it take to make and to ask a schema?',
  async run({ say }) {
    const directory = mkdtempSync(join(tmpdir(), 'neutrino-bench-schema-'))
    let drop = async () => {}
    try {
      const files: Record<Name, string> = { neutrino: '', "Debian's": '' }
      const renew = async (name: Name) => {
        const made = await mariadbDatabase('CHARACTER SET utf8mb3 COLLATE utf8mb3_bin')
        drop = made.drop
        files[name] = join(directory, `${name.replace(/\W/g, '')}.conf`)
        writeFileSync(files[name], `[database]\nconnection = ${made.url}&charset=utf8\n`)
      }
      const lines: string[][] = []
      for (const { name, words, rounds, fresh } of SCENARIOS) {
        say(name)
        const taken: Record<Name, number[]> = { neutrino: [], "Debian's": [] }
        for (let round = 0; round < rounds; round += 1) {
          for (const each of Object.keys(PROGRAMS) as Name[]) {
            if (fresh) await renew(each)
            taken[each].push(await time(PROGRAMS[each], ['--config-file', files[each], ...words]))
          }
        }
        lines.push(...rowsOf(name, taken))
      }
      const headings = ['command', 'whose', 'min', 'p50', 'max', 'times']
      return `Milliseconds; "times": how many times longer that p50 is.\n\n${renderCells(headings, lines)}`
    } finally {
      await drop()
      rmSync(directory, { recursive: true, force: true })
    }
  },
})

function rowsOf(name: string, taken: Readonly<Record<Name, readonly number[]>>): string[][] {
  const ours = percentile(
    taken.neutrino.toSorted((a, b) => a - b),
    0.5,
  )
  return Object.entries(taken).map(([whose, ms]) => {
    const sorted = ms.toSorted((a, b) => a - b)
    const p50 = percentile(sorted, 0.5)
    return [
      name,
      whose,
      short(sorted[0]!),
      short(p50),
      short(sorted.at(-1)!),
      whose === 'neutrino' ? '' : `${short(p50 / ours)}×`,
    ]
  })
}

/** Milliseconds. @throws when the command fails */
async function time(program: string, argv: readonly string[]): Promise<number> {
  const start = performance.now()
  const child = spawn(program, argv, { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${status}\n${errors.slice(-2_000)}`)
  return performance.now() - start
}
