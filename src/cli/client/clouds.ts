/**
 * clouds.yaml and secure.yaml, read where openstacksdk looks for them: the current directory, the user's configuration,
 * the system's. Nothing here decides which cloud is used. Source: openstacksdk, "Configuration".
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import { CliError } from '#cli/errors.ts'
import type { Environment } from './config.ts'
import { readPlainYaml } from './plain-yaml.ts'

export interface CloudFiles {
  /** Where the clouds were read; null: there is no file. */
  readonly path: string | null
  readonly clouds: Readonly<Record<string, JsonObject>>
}

const SUFFIXES = ['.yaml', '.yml', '.json']

/** @throws CliError when a file is not YAML or JSON, with the place. */
export async function readClouds(env: Environment, directory: string): Promise<CloudFiles> {
  const clouds = await readFirst(candidates('clouds', env.OS_CLIENT_CONFIG_FILE, env, directory))
  const secure = await readFirst(candidates('secure', env.OS_CLIENT_SECURE_FILE, env, directory))
  const merged = merge(clouds.content, secure.content)
  const found = isJsonObject(merged.clouds) ? merged.clouds : {}
  const named = Object.entries(found).map(([name, cloud]) => [name, isJsonObject(cloud) ? cloud : {}] as const)
  return { path: clouds.path, clouds: Object.fromEntries(named) }
}

/** Places, the first that can be read wins. Pure. */
export function candidates(
  name: 'clouds' | 'secure',
  named: string | undefined,
  env: Environment,
  directory: string,
): string[] {
  const home = env.SNAP_REAL_HOME ?? env.HOME ?? '/root'
  const folders = [
    directory,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'openstack'),
    join(home, '.config', 'openstack'),
    '/etc/openstack',
  ]
  const usual = [...new Set(folders)].flatMap((folder) => SUFFIXES.map((suffix) => join(folder, `${name}${suffix}`)))
  return named ? [named, ...usual] : usual
}

async function readFirst(paths: readonly string[]): Promise<{ path: string | null; content: JsonObject }> {
  for (const path of paths) {
    const text = readText(path)
    if (text !== null) return { path, content: await parse(path, text) }
  }
  return { path: null, content: {} }
}

/** Null: it is not there, or not for us. */
function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return null
    throw new CliError(`${path}: ${(cause as Error).message}`)
  }
}

async function parse(path: string, text: string): Promise<JsonObject> {
  try {
    const content: Json = path.endsWith('.json')
      ? JSON.parse(text)
      : (readPlainYaml(text) ?? (await import('yaml')).parse(text))
    return isJsonObject(content) ? content : {}
  } catch (cause) {
    const [first = ''] = (cause as Error).message.split('\n')
    throw new CliError(`${path}: ${first.replace(/:$/, '')}`)
  }
}

/** Maps within maps; what comes later wins. */
function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = base[key]
    return [key, isJsonObject(value) && isJsonObject(below) ? merge(below, value) : value] as const
  })
  return { ...base, ...Object.fromEntries(merged) }
}
