/**
 * The schema, whole: the migrations of every feature there is, whether an operator has switched it on or not, so that
 * switching it on later needs no other schema. Loads no feature.
 *
 * Their order is that of `schema-order.txt`, which only grows (`scripts/schema-order.ts` adds what is new): a database
 * of any age is a few lines of it behind, and a revision keeps its place when features are added.
 */
import { readFileSync } from 'node:fs'
import { changesMigration } from '#store/changes.ts'
import type { Migration } from '#store/migration.ts'
import { featureFolders, loadMigrations } from './folders.ts'

export const ORDER_FILE = new URL('schema-order.txt', import.meta.url)

/** Every migration, the store's own first, in their order. What the order does not name comes last, by name. */
export async function loadWholeSchema(): Promise<readonly Migration[]> {
  const loaded = await Promise.all((await featureFolders()).map(loadMigrations))
  return inOrder([changesMigration, ...loaded.flat()], readOrder())
}

export function readOrder(): readonly string[] {
  const lines = readFileSync(ORDER_FILE, 'utf8').split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

/** Pure. */
export function inOrder(migrations: readonly Migration[], order: readonly string[]): readonly Migration[] {
  const places = new Map(order.map((name, place) => [name, place]))
  const placeOf = ({ name }: Migration) => places.get(name) ?? order.length
  return migrations.toSorted((a, b) => placeOf(a) - placeOf(b) || (a.name < b.name ? -1 : 1))
}

/** What is wrong with an order of these migrations, a sentence each. Pure. */
export function orderFaults(names: readonly string[], order: readonly string[]): readonly string[] {
  const twice = order.filter((name, place) => order.indexOf(name) !== place)
  const numbers = new Map<string, string>()
  const backwards = order.filter((name) => {
    const [folder, file] = [name.slice(0, name.lastIndexOf('/')), name.slice(name.lastIndexOf('/') + 1)]
    const before = numbers.get(folder) ?? ''
    numbers.set(folder, file)
    return file.slice(0, 4) <= before.slice(0, 4)
  })
  return [
    ...names.filter((name) => !order.includes(name)).map((name) => `${name} has no place in the order`),
    ...order.filter((name) => !names.includes(name)).map((name) => `${name} is in the order, but has no file`),
    ...twice.map((name) => `${name} is in the order twice`),
    ...backwards.map((name) => `${name} comes after one of its folder with the same or a higher number`),
    ...names
      .filter((name) => !/\/\d{4}-[a-z0-9-]+\.(expand|contract)$/.test(name))
      .map((name) => `${name} is not named NNNN-what.expand or NNNN-what.contract`),
  ]
}
