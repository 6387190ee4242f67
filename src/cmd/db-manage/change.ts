/** The verbs that change a schema or what is recorded of it: `upgrade`, `stamp`; and those that refuse to. */
import { isoSeconds, systemClock } from '#base/clock.ts'
import { MigrationFailed, migrate, type Progress } from '#store/migrate.ts'
import { renderOffline, renderStamp } from '#store/offline.ts'
import { pathTo, type Revision } from '#store/revisions.ts'
import { schemaState } from '#store/schema-state.ts'
import { stamp } from '#store/stamp.ts'
import type { Request, Values } from './arguments.ts'
import { Failed, Refused } from './failed.ts'
import type { Host } from './host.ts'

/** How long another machine's upgrade is waited for. */
const WAIT_MS = 600_000
/** Of a migration that takes longer it is said how long it took. */
const SLOW_MS = 1_000

export async function upgrade(host: Host, { args }: Request): Promise<void> {
  const target = targetOf(args)
  const engine = String(args.mysql_engine)
  if (engine !== '' && engine.toLowerCase() !== 'innodb') {
    throw new Refused(`--mysql-engine ${engine}: tables are InnoDB, which transactions and references need`)
  }
  if (args.sql === true) {
    printUpgrade(host, target)
    return
  }
  const store = await host.store()
  const { applied } = await schemaState(store, host.migrations)
  const only = pathTo(target, host.revisions, new Set(applied.map(({ name }) => name))).map(({ name }) => name)
  const onProgress = progressOf(host)
  const start = performance.now()
  try {
    const done = await migrate(store, host.migrations, { only, onProgress, waitMs: WAIT_MS, signal: host.signal })
    const seconds = ((performance.now() - start) / 1_000).toFixed(1)
    if (done.length === 0) host.tell('INFO', 'Nothing to do.')
    else host.tell('INFO', `${done.length} migration${done.length === 1 ? '' : 's'} in ${seconds} s.`)
  } catch (error) {
    if (error instanceof MigrationFailed) {
      const kept = store.dialect === 'sqlite' ? 'nothing was changed' : 'what was done before it is kept'
      host.tell('ERROR', `${error.migration} failed; ${kept}. Once its cause is mended, the same command goes on.`)
    }
    throw error
  }
}

/** What `upgrade` is to reach; upstream's refusals, in its order. @throws Refused */
export function targetOf({ revision, delta, expand, contract }: Values): string {
  const branch = expand === true ? 'expand' : contract === true ? 'contract' : null
  if (branch !== null) {
    if (revision !== undefined || delta) throw new Refused('Phase upgrade options do not accept revision specification')
    return `${branch}@head`
  }
  if (revision === undefined && !delta) throw new Refused('You must provide a revision or relative delta')
  const target = typeof revision === 'string' ? revision : ''
  if (/^[^/]*-/.test(target)) throw new Refused('Negative relative revision (downgrade) not supported')
  if (typeof delta !== 'number' || delta === 0) return target
  if (target.includes('+')) throw new Refused('Use either --delta or relative revision, not both')
  if (delta < 0) throw new Refused('Negative delta (downgrade) not supported')
  return `${target}+${delta}`
}

/** `from:to` is what lies between. */
function printUpgrade(host: Host, target: string): void {
  const [from, to] = target.includes(':') ? target.split(':', 2) : ['base', target]
  const start = new Set(pathTo(from ?? 'base', host.revisions, new Set()).map(({ name }) => name))
  const path = pathTo(to ?? 'heads', host.revisions, start)
  const migrations = path.map(({ name }) => host.migrations.find((migration) => migration.name === name)!)
  const titled = (name: string) => titleOf(path.find((revision) => revision.name === name)!)
  host.print(renderOffline(host.dialect(), migrations, { titled, at: now() }))
}

function progressOf(host: Host): (progress: Progress) => void {
  const byName = new Map(host.revisions.map((revision) => [revision.name, revision]))
  return (progress) => {
    if (progress.event === 'waiting') {
      const seconds = Math.round(progress.waitMs / 1_000)
      host.tell('INFO', `Waiting for ${progress.holder} (${seconds} s at most).`)
    } else if (progress.event === 'starting') {
      const place = `(${progress.index + 1} of ${progress.of})`
      host.tell('INFO', `${titleOf(byName.get(progress.migration)!)} ${place}`)
    } else if (progress.event === 'applied' && progress.ms >= SLOW_MS) {
      host.tell('INFO', `… took ${(progress.ms / 1_000).toFixed(1)} s`)
    }
  }
}

/** As Alembic says it. */
function titleOf({ id, down, doc }: Revision): string {
  return `Running upgrade ${down?.id ?? ''} -> ${id}, ${doc}`
}

export async function stampAt(host: Host, { args }: Request): Promise<void> {
  const target = String(args.revision)
  if (/[+:]|^-/.test(target)) throw new Failed(`stamp takes a revision, no steps and no range: '${target}'`)
  const branches = new Set(host.revisions.map(({ branch }) => branch))
  if (target === 'head' && branches.size > 1) {
    throw new Failed('Multiple heads are present; please specify a single target revision')
  }
  const path = pathTo(target, host.revisions, new Set())
  // What a revision needs of the other branch is there then too; whatever else is there stays.
  const touched = ['base', 'head', 'heads'].includes(target)
    ? branches
    : new Set(path.slice(-1).map(({ branch }) => branch))
  const add = path.map(({ name }) => name)
  const off = host.revisions.filter(({ name, branch }) => touched.has(branch) && !add.includes(name))
  const remove = off.map(({ name }) => name)
  if (args.sql === true) {
    host.print(renderStamp(host.dialect(), { add, remove, at: now() }))
    return
  }
  const onWait = (holder: string) => host.tell('INFO', `Waiting for ${holder}.`)
  const wait = { waitMs: WAIT_MS, onWait, signal: host.signal }
  const decide = (applied: ReadonlySet<string>) => ({
    add: add.filter((name) => !applied.has(name)),
    remove: remove.filter((name) => applied.has(name)),
  })
  const done = await stamp(await host.store(), host.migrations, decide, wait)
  host.tell('INFO', `Recorded ${done.add.length} as applied, ${done.remove.length} as not applied.`)
}

export async function refuseDowngrade(): Promise<void> {
  throw new Refused('Downgrade no longer supported')
}

export async function refuseRevision(): Promise<void> {
  throw new Refused(
    'A migration is written beside the feature it is for: src/<folder>/migrations/NNNN-what.expand.ts (CONTRIBUTING.md). ' +
      'Then node scripts/schema-order.ts gives it its place.',
  )
}

const now = () => isoSeconds(systemClock.now())
