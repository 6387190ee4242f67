/**
 * Revisions as text: what `current`, `heads` and `history` print. Pure.
 * Source: the output of Alembic 1.7 through upstream's command.
 */
import { join } from 'node:path'
import { SOURCE } from '#plugin/folders.ts'
import { newestFirst, type Revision } from '#store/revisions.ts'

interface Shown {
  readonly verbose: boolean
  /** Ids the database is at, to be marked. */
  readonly current?: readonly string[]
}

/** `<base> -> be2efc576f54 (expand), core/port: ports` */
export function renderHistory(revisions: readonly Revision[], shown: Shown): string[] {
  return newestFirst(revisions).map((revision) => {
    if (shown.verbose) return renderEntry(revision, shown)
    const from = revision.down?.id ?? '<base>'
    const needs = revision.needs ? ` (${revision.needs.id})` : ''
    return `${from}${needs} -> ${revision.id} (${revision.branch})${marks(revision, shown)}, ${revision.doc}`
  })
}

export function renderHeads(heads: readonly Revision[], shown: Shown): string[] {
  return heads.map((head) => (shown.verbose ? renderEntry(head, shown) : `${head.id} (${head.branch}) (head)`))
}

export function renderCurrent(current: readonly Revision[], shown: Shown): string[] {
  return current.map((revision) =>
    shown.verbose ? renderEntry(revision, shown) : `${revision.id}${marks(revision, shown)}`,
  )
}

function marks({ id, isHead }: Revision, { current = [] }: Shown): string {
  return `${isHead ? ' (head)' : ''}${current.includes(id) ? ' (current)' : ''}`
}

function renderEntry(revision: Revision, shown: Shown): string {
  return [
    `Rev: ${revision.id}${marks(revision, shown)}`,
    `Parent: ${revision.down?.id ?? '<base>'}`,
    ...(revision.needs ? [`Also depends on: ${revision.needs.id}`] : []),
    `Branch names: ${revision.branch}`,
    `Path: ${pathOf(revision)}`,
    '',
    `    ${revision.doc}`,
    '',
  ].join('\n')
}

/** The store's own migration is written in its code. */
function pathOf({ name }: Revision): string {
  const [, folder = '', file = ''] = /^(.*)\/([^/]*)$/.exec(name) ?? []
  return join(SOURCE, folder === 'store' ? 'store/changes.ts' : `${folder}/migrations/${file}.ts`)
}
