/**
 * Migrations as revisions, the way operators and their scripts know them from Alembic: short ids, two branches
 * (`expand` and `contract`), each a line from its base to its head, and words that say how far to go (`heads`, `+2`).
 *
 * A database remembers the set of migrations it has had. What is current on a branch is how far that set reaches along
 * its line without a gap. Pure. Source: Alembic's tutorial, "Relative Migration Identifiers", "Working with Branches".
 */
import { createHash } from 'node:crypto'
import { isContract } from './schema-state.ts'

export type Branch = 'expand' | 'contract'

export interface Revision {
  /** Twelve hexadecimal digits, made from the name: the same on every machine and in every version. */
  readonly id: string
  /** `core/port/0002-tags.expand` */
  readonly name: string
  readonly branch: Branch
  /** The one before it on its branch; null: its base. */
  readonly down: Revision | null
  /** For a contract revision: the last expand revision before it, which has to be there first. */
  readonly needs: Revision | null
  readonly isHead: boolean
  /** One line: `core/port: tags`. */
  readonly doc: string
}

/** Nothing goes by that name; the message is Alembic's. */
export class UnknownRevision extends Error {
  override name = 'UnknownRevision'
}

const ID_LENGTH = 12
const PREFIX_MIN = 4

/** In the order given, which is the order they are applied in. */
export function revisionsOf(names: readonly string[]): readonly Revision[] {
  const last: { [branch in Branch]?: Revision } = {}
  const heads = new Set((['expand', 'contract'] as const).map((branch) => names.findLast(isOn(branch))))
  return names.map((name) => {
    const branch = branchOf(name)
    const needs = branch === 'contract' ? (last.expand ?? null) : null
    const isHead = heads.has(name)
    const revision = { id: idOf(name), name, branch, down: last[branch] ?? null, needs, isHead, doc: docOf(name) }
    last[branch] = revision
    return revision
  })
}

function branchOf(name: string): Branch {
  return isContract(name) ? 'contract' : 'expand'
}

const isOn = (branch: Branch) => (name: string) => branchOf(name) === branch

export function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, ID_LENGTH)
}

/** `core/port/0002-tags.expand` → `core/port: tags` */
function docOf(name: string): string {
  const [, folder = '', what = name] = /^(?:(.*)\/)?\d{4}-(.*)\.(?:expand|contract)$/.exec(name) ?? []
  return folder === '' ? what : `${folder}: ${what.replaceAll('-', ' ')}`
}

/** Of each branch its head, contract first, as Alembic lists them. */
export function headsOf(revisions: readonly Revision[]): readonly Revision[] {
  const heads = revisions.filter(({ isHead }) => isHead)
  return heads.toSorted((a, b) => (a.branch < b.branch ? -1 : 1))
}

/** Of each branch the last one that is applied with all before it, contract first; none for a branch at its base. */
export function currentOf(revisions: readonly Revision[], applied: ReadonlySet<string>): readonly Revision[] {
  return (['contract', 'expand'] as const).flatMap((branch) => {
    const line = revisions.filter((revision) => revision.branch === branch)
    const gap = line.findIndex(({ name }) => !applied.has(name))
    const current = line.at(gap === -1 ? -1 : gap - 1)
    return gap === 0 || current === undefined ? [] : [current]
  })
}

/** As Alembic's `history` has them: contract before expand, newest first. */
export function newestFirst(revisions: readonly Revision[]): readonly Revision[] {
  const of = (branch: Branch) => revisions.filter((revision) => revision.branch === branch).toReversed()
  return [...of('contract'), ...of('expand')]
}

/**
 * The migrations that lead to the target and are not applied, in their order. Targets: `head`, `heads`, an id or the
 * beginning of one, a migration's name, `expand@head`; `+N`, `<id>+N`, `expand@+N`; `base`, to which nothing leads.
 * @throws UnknownRevision
 */
export function pathTo(
  target: string,
  revisions: readonly Revision[],
  applied: ReadonlySet<string>,
): readonly Revision[] {
  const [, label, rest = ''] = /^(?:(.*)@)?(.*)$/s.exec(target)!
  const within = label === undefined ? revisions : branchCalled(label, revisions, target)
  const missing = (some: readonly Revision[]) => some.filter(({ name }) => !applied.has(name))
  const [, from = '', delta] = /^(.*?)(?:\+(\d+))?$/s.exec(rest)!
  if (delta === undefined) return missing(upTo(from, within, revisions))
  const start = from === '' ? [] : missing(upTo(from, within, revisions))
  const after = missing(within).filter((revision) => !start.includes(revision))
  const steps = Number(delta)
  if (steps > after.length) throw new UnknownRevision(`Relative revision +${delta} didn't produce ${delta} migrations`)
  return inTheirOrder([...start, ...after.slice(0, steps).flatMap((revision) => missing(lineOf(revision)))], revisions)
}

/** Everything up to and with what goes by that name. */
function upTo(name: string, within: readonly Revision[], all: readonly Revision[]): readonly Revision[] {
  if (name === 'base') return []
  if (name === 'head' || name === 'heads') return inTheirOrder(within.flatMap(lineOf), all)
  return inTheirOrder(lineOf(revisionCalled(name, within)), all)
}

/** The revision, all before it on its branch, and what those need. */
function lineOf(revision: Revision): readonly Revision[] {
  const line: Revision[] = []
  for (let at: Revision | null = revision; at; at = at.down) {
    line.push(at)
    if (at === revision && at.needs) line.push(...lineOf(at.needs))
  }
  return line
}

function inTheirOrder(some: readonly Revision[], all: readonly Revision[]): readonly Revision[] {
  const wanted = new Set(some)
  return all.filter((revision) => wanted.has(revision))
}

/** @throws UnknownRevision when none or several go by it */
export function revisionCalled(name: string, revisions: readonly Revision[]): Revision {
  const exact = revisions.find((revision) => revision.id === name || revision.name === name)
  if (exact) return exact
  const found = name.length < PREFIX_MIN ? [] : revisions.filter(({ id }) => id.startsWith(name))
  if (found.length > 1) {
    const ids = found.map(({ id }) => `'${id}'`).join(', ')
    throw new UnknownRevision(`Multiple revisions start with '${name}': ${ids}...`)
  }
  if (!found[0]) throw new UnknownRevision(`Can't locate revision identified by '${name}'`)
  return found[0]
}

function branchCalled(label: string, revisions: readonly Revision[], target: string): readonly Revision[] {
  if (label !== 'expand' && label !== 'contract') {
    throw new UnknownRevision(`No such revision or branch '${target}'`)
  }
  return revisions.filter(({ branch }) => branch === label)
}
