/**
 * Quotas: how many of each resource a project may have. Checked in the transaction that creates, so that two requests
 * at once cannot both take the last place: the first thing such a transaction does is to change the lock row of that
 * project and resource, and the second waits for the first. (SQLite has one writer at a time and needs no lock.)
 * Source: Networking API v2.0, "Quotas": the whole of a bulk create counts; 409 OverQuota.
 */
import { equals } from '#base/predicate.ts'
import type { Config } from '#config/options.ts'
import { type Table, type Tx, table } from '#store/store.ts'
import { OverQuota } from './errors.ts'
import { quotaOptions } from './options.ts'
import type { Quotas } from './plugin.ts'
import type { Registry, Row } from './registry.ts'

export interface QuotaRow {
  project_id: string
  resource: string
  limit: number
}

/** Limits that were set for a project. */
export const quotas = table<QuotaRow>('quotas', { project_id: 'text', resource: 'text', limit: 'integer' })

interface QuotaLock {
  project_id: string
  resource: string
  turn: number
}

export const quotaLocks = table<QuotaLock>('quota_locks', { project_id: 'text', resource: 'text', turn: 'integer' })

export function createQuotas(registry: Registry, config: Config): Quotas {
  const options = config.of(quotaOptions)
  const all = () => [...registry.all()].filter(({ resource }) => resource.definition.quota !== undefined)
  const names = () => all().map(({ resource }) => resource.name)
  const own: { readonly [option: string]: number } = options
  const defaultOf = (name: string) =>
    own[`quota_${name}`] ?? registry.get(name).resource.definition.quota?.default ?? options.default_quota
  const defaults = () => Object.fromEntries(names().map((name) => [name, defaultOf(name)]))

  const limits = async (tx: Tx, projectId: string) => {
    const set = await tx.list(quotas, { project_id: projectId })
    const known = set.filter(({ resource }) => names().includes(resource))
    return { ...defaults(), ...Object.fromEntries(known.map(({ resource, limit }) => [resource, limit])) }
  }
  const usage = async (tx: Tx, projectId: string, wanted: readonly string[]) => {
    const counts: Record<string, number> = {}
    for (const name of wanted) counts[name] = await countOwned(tx, registry.get(name).table, projectId)
    return counts
  }

  return {
    names,
    defaults,
    limits,
    usage,
    async admit(tx, resource, amounts) {
      const room: { projectId: string; limit: number; amount: number }[] = []
      if (names().includes(resource)) {
        // In one order for everybody, so that no two wait for each other.
        for (const projectId of [...amounts.keys()].sort()) {
          const set = await tx.find(quotas, { project_id: projectId, resource })
          const limit = set?.limit ?? defaultOf(resource)
          if (limit < 0) continue
          if (tx.dialect !== 'sqlite') await takeTurn(tx, projectId, resource)
          room.push({ projectId, limit, amount: amounts.get(projectId)! })
        }
      }
      return async () => {
        for (const { projectId, limit, amount } of room) {
          const used = await countOwned(tx, registry.get(resource).table, projectId)
          if (used + amount > limit) throw OverQuota({ overs: [resource] })
        }
      }
    },
  }
}

function countOwned(tx: Tx, owned: Table<Row>, projectId: string): Promise<number> {
  return tx.count(owned, equals('project_id', projectId))
}

/** A changed row, not only a locked one: under snapshot isolation the second transaction must fail and run again. */
async function takeTurn(tx: Tx, projectId: string, resource: string): Promise<void> {
  const next = () =>
    tx.sql
      .updateTable(quotaLocks.name)
      .set((build) => ({ turn: build('turn', '+', 1) }))
      .where('project_id', '=', projectId)
      .where('resource', '=', resource)
      .executeTakeFirst()
  if (Number((await next()).numUpdatedRows) > 0) return
  await tx.insertMissing(quotaLocks, [{ project_id: projectId, resource, turn: 0 }])
  await next()
}
