/**
 * Finds every option group that anyone declares: the exports of all `options.ts` (and of common.ts) under src. It loads
 * declarations only, never the code beside them. Tells nobody what a value is.
 */
import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isJsonObject } from '#base/json.ts'
import type { OptionGroup } from './options.ts'

const SRC = resolve(import.meta.dirname, '..')

export interface Declared {
  /** The file, relative to src: `agents/dhcp/options.ts`. */
  readonly path: string
  readonly groups: readonly OptionGroup[]
}

/** Sorted by path. */
export async function discoverOptions(): Promise<Declared[]> {
  const paths = globSync(['config/common.ts', '**/options.ts'], { cwd: SRC }).filter(
    (path) => path !== 'config/options.ts',
  )
  return Promise.all(
    paths.sort().map(async (path) => {
      const module: { readonly [name: string]: unknown } = await import(pathToFileURL(join(SRC, path)).href)
      return { path, groups: Object.values(module).filter(isGroup) }
    }),
  )
}

/** All of them in one list: what `loadConfig` is told. */
export async function discoverGroups(): Promise<OptionGroup[]> {
  return (await discoverOptions()).flatMap(({ groups }) => groups)
}

function isGroup(value: unknown): value is OptionGroup {
  return isJsonObject(value) && typeof value.section === 'string' && isJsonObject(value.options)
}
