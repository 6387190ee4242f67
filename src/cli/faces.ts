/**
 * The folders that may have a face, the face in one of them, and the index that is made from all of them.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Face } from './command.ts'
import type { Outlines } from './outline.ts'

const SRC = resolve(import.meta.dirname, '..')
/** Below these, each folder may have a face. */
export const FACE_ROOMS: readonly string[] = ['core', 'services', 'extensions', 'cli']

export interface IndexedCommand {
  readonly name: string
  readonly summary: string
  /** The folder of the face that speaks of it, relative to src; null for a definition nobody speaks of. */
  readonly folder: string | null
  /** The resource it is derived from; null for a command of the face's own. */
  readonly resource: string | null
}

export interface Index {
  readonly key: string
  /** Sorted by name. */
  readonly commands: readonly IndexedCommand[]
  readonly outlines: Outlines
}

/** Folders with a face or a definition, relative to src. */
export function faceFolders(): string[] {
  return FACE_ROOMS.flatMap((room) => {
    const entries = existsSync(join(SRC, room)) ? readdirSync(join(SRC, room), { withFileTypes: true }) : []
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `${room}/${name}`)
    return folders.sort()
  })
}

/** The face in that folder; null where there is none. */
export async function loadFace(folder: string): Promise<Face | null> {
  if (!existsSync(join(SRC, folder, 'cli.ts'))) return null
  // A pattern that a bundler can read: it takes all faces along.
  const module: { readonly default?: Face } = await import(`../${folder}/cli.ts`)
  if (!module.default) throw new Error(`${folder}/cli.ts has no default export`)
  return module.default
}
