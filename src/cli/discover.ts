/**
 * Which commands there are: from the definitions and faces found in the folders, without a list to edit. What is found
 * is kept as an index in a cache file, so that one command loads one face and no definition; the index is made again
 * when one of the files it was made from has changed.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { withWaiting } from '#cli/wait/with-waiting.ts'
import type { Command, LazyCommand } from './command.ts'
import { faceFolders, type Index, type IndexedCommand, loadFace } from './faces.ts'
import type { Outlines } from './outline.ts'

const SRC = resolve(import.meta.dirname, '..')
/** Changed when what an index holds changes. */
const INDEX_VERSION = 2

/** The commands of a command line: those of the index, and those that the process brings. */
export class Commands {
  readonly #index: Index
  readonly #all: ReadonlyMap<string, Omit<LazyCommand, 'name'>>

  constructor(index: Index, more: readonly LazyCommand[] = []) {
    this.#index = index
    const found = index.commands.map((command): [string, Omit<LazyCommand, 'name'>] => [
      command.name,
      { summary: command.summary, load: () => loadCommand(command, this.outlines) },
    ])
    this.#all = new Map([...found, ...more.map((command) => [command.name, command] as const)])
  }

  get outlines(): Outlines {
    return this.#index.outlines
  }

  /** Sorted. */
  names(): string[] {
    return [...this.#all.keys()].sort()
  }

  has(name: string): boolean {
    return this.#all.has(name)
  }

  summary(name: string): string {
    return this.#all.get(name)?.summary ?? ''
  }

  /** Whether it asks no server. */
  isOffline(name: string): boolean {
    return this.#all.get(name)?.offline === true
  }

  /** @throws Error when there is no command of that name. */
  async load(name: string): Promise<Command> {
    const command = this.#all.get(name)
    if (!command) throw new Error(`there is no command ${name}`)
    return withWaiting(await command.load())
  }
}

/**
 * The index from that file, made (and kept there, where that is possible) when it is missing or stale.
 * @param isFresh whether what it is made from is known to be as it was.
 */
export async function readIndex(file: string | null, isFresh = false): Promise<Index> {
  const kept = file === null ? null : readKept(file)
  if (kept && isFresh) return kept
  const key = indexKey()
  if (kept?.key === key) return kept
  const { makeIndex } = await import('./indexing.ts')
  const index = await makeIndex(key)
  if (file !== null) keep(file, index)
  return index
}

/** Where the index is kept: in the first of these folders that has it, or can be written. */
export function indexFile(folders: readonly string[]): string | null {
  for (const folder of folders) {
    const file = join(folder, 'neutron-commands.json')
    try {
      if (existsSync(file)) return file
      mkdirSync(folder, { recursive: true })
      accessSync(folder, constants.W_OK)
      return file
    } catch {}
  }
  return null
}

async function loadCommand({ name, folder, resource }: IndexedCommand, outlines: Outlines): Promise<Command> {
  const face = folder === null ? null : await loadFace(folder)
  const own = face?.commands?.find((command) => command.name === name)
  if (own) return own
  const outline = resource === null ? undefined : outlines[resource]
  if (!outline) throw new Error(`nobody brings the command ${name}`)
  const { addedLists, deriveCommands } = await import('#cli/derive/commands.ts')
  const added = addedLists(outline, face ?? {}).find((command) => command.name === name)
  if (added) return added
  const found = deriveCommands(outline, face?.resources?.[outline.name]).find((command) => command.name === name)
  if (!found) throw new Error(`the resource ${outline.name} has no command ${name}`)
  return found
}

/** The files that the index is made from, relative to src. */
export function indexed(): string[] {
  const files = faceFolders().flatMap((folder) => [`${folder}/definition.ts`, `${folder}/cli.ts`])
  return [...files, 'cli/outline.ts', 'cli/indexing.ts', 'cli/derive/commands.ts', 'resource/catalogue.ts']
}

/** Size and time of each of them. */
function indexKey(): string {
  const stamps = indexed().map((file) => {
    const stat = statSync(`${SRC}/${file}`, { throwIfNoEntry: false })
    return stat ? `${file} ${stat.size} ${stat.mtimeMs}` : ''
  })
  return `${INDEX_VERSION} ${SRC}\n${stamps.filter((stamp) => stamp !== '').join('\n')}`
}

/** Outlines are the most of it, and help needs none: they are a text in the text, read when they are asked for. */
function readKept(file: string): Index | null {
  try {
    const { key, commands, outlines } = JSON.parse(readFileSync(file, 'utf8')) as Kept
    let read: Outlines | null = null
    return {
      key,
      commands,
      get outlines() {
        read ??= JSON.parse(outlines) as Outlines
        return read
      },
    }
  } catch {
    return null
  }
}

interface Kept extends Omit<Index, 'outlines'> {
  readonly outlines: string
}

/** Written beside and renamed: another process reads the old one or the new one. */
function keep(file: string, index: Index): void {
  try {
    const beside = `${file}.${process.pid}`
    const kept: Kept = { ...index, outlines: JSON.stringify(index.outlines) }
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(beside, JSON.stringify(kept))
    renameSync(beside, file)
  } catch {}
}
