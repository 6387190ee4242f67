/**
 * Clocks: whether this one is kept right, and how far those of the database, the identity and Nova are from it. Alive
 * and dead, valid and expired are decided by comparing them.
 */
import { sql } from 'kysely'
import { common } from '#config/common.ts'
import { askHttp } from '#doctor/ask-http.ts'
import { textOf } from '#doctor/examine.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note, unknown } from '#doctor/finding.ts'
import { hasRole, type Site } from '#doctor/site.ts'
import { readKernelClock } from '#linux/kernel-clock.ts'
import { identityUrl } from './api.ts'

const APART_SECONDS_MAX = 5
const MEND = 'sudo apt-get install chrony   (on both hosts)'

export const clocks: readonly Check[] = [
  {
    area: 'clock',
    subject: 'synchronisation',
    why: 'Clocks of hosts that nobody keeps right drift apart: living agents count as dead, valid tokens as expired.',
    check: async () => synchronisation(),
  },
  {
    area: 'clock',
    subject: 'database',
    why: 'Several servers share the database: what one wrote an hour ago is new to one whose clock is behind.',
    applies: (site) => hasRole(site, 'server'),
    check: database,
  },
  {
    area: 'clock',
    subject: 'identity',
    why: 'Tokens end by the clock of the identity, and are judged by ours.',
    applies: (site) => (identityUrl(site) === null ? 'no identity is configured' : null),
    check: async (site, signal) => {
      try {
        return apart('the identity', (await askHttp(identityUrl(site)!, {}, signal)).aheadSeconds, site)
      } catch (error) {
        return unknown(`the identity does not answer: ${textOf(error)}`)
      }
    },
  },
]

function synchronisation(): Verdict {
  const { synchronised, errorMsMax } = readKernelClock()
  const error = `off by at most ${errorMsMax.toFixed(0)} ms, the kernel reckons`
  if (synchronised) return good(error)
  return note(`nothing keeps it right: ${error}`, 'sudo apt-get install chrony')
}

async function database(site: Site, signal: AbortSignal): Promise<Verdict> {
  const store = await site.store()
  if (store.dialect === 'sqlite') return good('SQLite has the clock of this host')
  const seconds =
    store.dialect === 'postgres' ? sql`extract(epoch from clock_timestamp())` : sql`unix_timestamp(now(6))`
  const row = await store.read(
    async (tx) => (await sql<{ seconds: unknown }>`SELECT ${seconds} AS seconds`.execute(tx.sql)).rows[0],
    signal,
  )
  const ahead = Math.round(Number(row?.seconds) - site.clock.now() / 1000)
  return apart('the database', Number.isNaN(ahead) ? null : ahead, site)
}

/** How two clocks stand; positive: the other is ahead. Pure. */
export function apart(other: string, aheadSeconds: number | null, { config }: Pick<Site, 'config'>): Verdict {
  if (aheadSeconds === null) return unknown(`${other} does not say what time it is`)
  const distance = Math.abs(aheadSeconds)
  if (distance <= APART_SECONDS_MAX) return good(`${other} and this host are within ${APART_SECONDS_MAX} s`)
  const evidence = `${other} is ${distance} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} this host`
  return distance * 2 > config.of(common).agent_down_time ? lacking(evidence, MEND) : note(evidence, MEND)
}
