/**
 * Tags: filters by them on every resource that has the attribute, and the side table that these ask. What is shown is
 * the row's own column; a change of it is a change of the resource like any other.
 * Source: Networking API v2.0, "Standard Attributes Tag Extension".
 */
import type { Json } from '#base/json.ts'
import { and, FALSE, isIn, not, type Predicate } from '#base/predicate.ts'
import { definePlugin, type PluginHost } from '#plugin/plugin.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { TaggedRow } from '#store/standard.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { serveTags } from './routes.ts'
import { resourceTags } from './tables.ts'
import { refuseTooMany, TAGS_MAX, tagsOfFilter } from './values.ts'

interface Row extends TaggedRow {
  readonly id: string
}

export default definePlugin({
  api,
  start(host) {
    for (const resource of host.definitions.resources.values()) {
      if (!resource.attributes.has('tags')) continue
      addFilters(host, resource)
      keepSideTable(host, resource)
      serveTags(host, resource)
    }
  },
})

function addFilters({ filter }: PluginHost, { name }: CompiledResource): void {
  const all = (values: readonly Json[]) => {
    const tags = tagsOfFilter(values)
    // Nothing has that many: the statement need not grow with what a client sends.
    return tags.length > TAGS_MAX ? FALSE : and(...tags.map((tag) => hasOneOf([tag])))
  }
  const any = (values: readonly Json[]) => hasOneOf(tagsOfFilter(values))
  filter(name, 'tags', all)
  filter(name, 'tags-any', any)
  filter(name, 'not-tags', (values) => not(all(values)))
  filter(name, 'not-tags-any', (values) => not(any(values)))
}

function hasOneOf(tags: readonly string[]): Predicate {
  return { op: 'exists', table: resourceTags.name, column: 'resource_id', equals: 'id', where: isIn('tag', tags) }
}

function keepSideTable({ events }: PluginHost, { name, collection }: CompiledResource): void {
  events.before<Row>(name, 'create', async ({ tx, rows }) => {
    for (const { tags = [] } of rows) refuseTooMany(collection, tags)
    await insertTags(
      tx,
      rows.flatMap(({ id, tags = [] }) => tags.map((tag) => ({ resource_id: id, tag }))),
    )
  })
  events.before<Row>(name, 'update', async ({ tx, before, values, after }) => {
    if (values.tags === undefined) return
    refuseTooMany(collection, after.tags)
    const gone = before.tags.filter((tag) => !after.tags.includes(tag))
    if (gone.length > 0) await tx.remove(resourceTags, { resource_id: before.id, tag: gone as never })
    await insertTags(
      tx,
      after.tags.map((tag) => ({ resource_id: before.id, tag })),
    )
  })
  events.before<Row>(name, 'delete', async ({ tx, before }) => {
    if (before.tags.length > 0) await tx.remove(resourceTags, { resource_id: before.id })
  })
}

async function insertTags(tx: Tx, rows: readonly { readonly resource_id: string; readonly tag: string }[]) {
  if (rows.length > 0) await tx.insertMissing(resourceTags, rows)
}
