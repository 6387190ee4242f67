/** Where features live: their folders below src/, and the files in them that a process finds by their names. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Migration } from '#store/migration.ts'
import type { Step } from '#store/schema.ts'

export const SOURCE = fileURLToPath(new URL('..', import.meta.url))
/** Folders of features, and folders that are one. */
const PARENTS: readonly string[] = ['core', 'services', 'extensions']
const SINGLES: readonly string[] = ['ml2', 'notify', 'identity']

/** All of them, below src/: `ml2`, `extensions/quotas`. */
export async function featureFolders(): Promise<string[]> {
  const parents = await Promise.all(PARENTS.map(subfolders))
  return [...SINGLES, ...parents.flat()]
}

async function subfolders(parent: string): Promise<string[]> {
  if (!existsSync(join(SOURCE, parent))) return []
  const entries = await readdir(join(SOURCE, parent), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${parent}/${name}`)
    .sort()
}

/** In the order of their numbers; none where the folder has no `migrations/`. */
export async function loadMigrations(folder: string): Promise<Migration[]> {
  const directory = join(SOURCE, folder, 'migrations')
  if (!existsSync(directory)) return []
  const files = (await readdir(directory)).filter((file) => /^\d{4}-.*\.ts$/.test(file)).sort()
  return Promise.all(
    files.map(async (file) => ({
      name: `${folder}/${file.slice(0, -3)}`,
      steps: (await importDefault(join(directory, file))) as readonly Step[],
    })),
  )
}

export async function importDefault(path: string): Promise<unknown> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(path).href)
  if (module.default === undefined) throw new Error(`${path} has no default export`)
  return module.default
}
