/**
 * Upstream's `neutron-db-manage` and ours, the same words to each: the same exit code, the same standard output, the
 * same refusal. Where the revisions differ, as they must, their lines have the same form.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { mariadbDatabase } from '../databases.ts'
import { type Ended, ended, World } from '../e2e/db-manage-world.ts'

const UPSTREAM = '/usr/bin/neutron-db-manage'

/** What needs no schema, and is answered to the letter. */
const TO_THE_LETTER: readonly string[] = [
  'current',
  'downgrade',
  'downgrade x',
  'upgrade',
  'upgrade -1',
  'upgrade --delta -1',
  'upgrade +1 --delta 1',
  'upgrade --expand heads',
  'upgrade --contract --delta 1',
  'upgrade --expand --contract',
  'upgrade --delta x',
  'stamp',
  'stamp nonsense',
  'bogus',
  '',
]

/** A revision's line in `history`, its entry in `--verbose`. */
const LINE = /^(<base>|\w+)( \(\w+\))? -> \w+( \((expand|contract)\))?( \(head\))?( \(branchpoint\))?, .*$/
const ENTRY = /^(Rev|Parent|Branches into|Also depends on|Branch names|Path): \S.*$|^$|^ {4}/

test('upstream and ours: the same words, exit codes and forms', async (t) => {
  assert.ok(existsSync(UPSTREAM), `${UPSTREAM} is missing: apt-get install neutron-server`)
  const { url, drop } = await mariadbDatabase('CHARACTER SET utf8mb3 COLLATE utf8mb3_bin')
  try {
    await using upstream = new World(`${url}&charset=utf8`)
    await using ours = new World()
    const both = async (line: string): Promise<readonly [theirs: Ended, ours: Ended]> => {
      const words = line === '' ? [] : line.split(' ')
      const args = ['--config-file', upstream.config, ...words]
      return await Promise.all([
        ended(spawn(UPSTREAM, args, { stdio: ['ignore', 'pipe', 'pipe'] })),
        ours.run(...words),
      ])
    }
    for (const line of TO_THE_LETTER) {
      await t.test(`'${line}' is answered to the letter`, async () => {
        const [theirs, own] = await both(line)
        assert.deepEqual([own.code, own.out, refusalIn(own)], [theirs.code, theirs.out, refusalIn(theirs)])
      })
    }
    await t.test('a schema is made, stamped, and says where it is, in the same form', async () => {
      for (const line of [
        'upgrade heads',
        'upgrade heads',
        'current',
        'heads',
        'has_offline_migrations',
        'stamp heads',
      ]) {
        const [theirs, own] = await both(line)
        assert.deepEqual([line, own.code, formOf(own.out)], [line, theirs.code, formOf(theirs.out)])
      }
    })
    await t.test('history is lines, or entries, of the same form', async () => {
      for (const [line, form] of [
        ['history', LINE],
        ['history --verbose', ENTRY],
      ] as const) {
        for (const { code, out } of await both(line)) {
          const [first, ...rest] = out.trimEnd().split('\n')
          assert.deepEqual([code, first, rest.pop()], [0, 'Running history for neutron ...', 'OK'])
          assert.deepEqual(
            rest.filter((text) => !form.test(text)),
            [],
          )
        }
      }
    })
  } finally {
    await drop()
  }
})

/** What standard error says besides the log of the libraries beneath. */
function refusalIn({ err }: Ended): string {
  const lines = err.split('\n').filter((line) => !/^(INFO|ERROR|WARNING) +\[/.test(line))
  return lines.join('\n')
}

/** Without what is upstream's or ours: revisions, and that we have no contract branch yet. */
function formOf(out: string): readonly string[] {
  const lines = out
    .split('\n')
    .map((line) => line.replace(/^[0-9a-f]{12}(?= )/, 'REV').replace('(contract)', '(expand)'))
  return [...new Set(lines)]
}
