/**
 * Makes the index of commands: loads every definition and every face once. Slow beside reading it, so only
 * ./discover.ts asks for it, when something has changed.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { deriveCommands } from '#cli/derive/commands.ts'
import { compileCatalogue } from '#resource/catalogue.ts'
import type { Extension } from '#resource/definition.ts'
import type { Face, ResourceFace } from './command.ts'
import { faceFolders, type Index, type IndexedCommand, loadFace } from './faces.ts'
import { type Outline, outline } from './outline.ts'

const SRC = resolve(import.meta.dirname, '..')

/** @throws Error where two faces speak of one resource, or two commands have one name. */
export async function makeIndex(key: string): Promise<Index> {
  const folders = faceFolders()
  const extensions = (await Promise.all(folders.map(loadDefinition))).filter((extension) => extension !== null)
  const faces = new Map<string, Face>()
  for (const folder of folders) {
    const face = await loadFace(folder)
    if (face) faces.set(folder, face)
  }
  const { resources } = compileCatalogue(extensions)
  const outlines: Record<string, Outline> = {}
  for (const resource of resources.values()) outlines[resource.name] = outline(resource, resources)
  for (const face of faces.values()) Object.assign(outlines, face.outlines)
  const commands = new Map<string, IndexedCommand>()
  for (const command of commandsOf(outlines, faces)) {
    if (commands.has(command.name)) throw new Error(`the command ${command.name} is defined twice`)
    commands.set(command.name, command)
  }
  return { key, commands: [...commands.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), outlines }
}

function commandsOf(outlines: Readonly<Record<string, Outline>>, faces: ReadonlyMap<string, Face>): IndexedCommand[] {
  const spoken = new Map<string, { readonly folder: string; readonly face: ResourceFace }>()
  const own: IndexedCommand[] = []
  for (const [folder, { resources = {}, lists = {}, commands = [] }] of faces) {
    for (const [resource, face] of Object.entries(resources)) {
      if (spoken.has(resource)) throw new Error(`${folder}: ${resource} has a face in ${spoken.get(resource)?.folder}`)
      if (!outlines[resource]) throw new Error(`${folder}: there is no resource ${resource}`)
      spoken.set(resource, { folder, face })
    }
    for (const [resource, added] of Object.entries(lists)) {
      if (!outlines[resource]) throw new Error(`${folder}: there is no resource ${resource}`)
      own.push(...added.map(({ name, summary = '' }) => ({ name, summary, folder, resource })))
    }
    own.push(...commands.map(({ name, summary }) => ({ name, summary, folder, resource: null })))
  }
  const derived = Object.values(outlines).flatMap((outline) => {
    const { folder = null, face } = spoken.get(outline.name) ?? {}
    return deriveCommands(outline, face).map(({ name, summary }) => ({ name, summary, folder, resource: outline.name }))
  })
  return [...own, ...derived]
}

async function loadDefinition(folder: string): Promise<Extension | null> {
  const path = join(SRC, folder, 'definition.ts')
  if (!existsSync(path)) return null
  const module: { readonly default?: Extension } = await import(pathToFileURL(path).href)
  return module.default ?? null
}
