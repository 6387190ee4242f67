/**
 * Finds the features: the faces (`definition.ts`, `plugin.ts`, `policy.ts`, `migrations/`) in the folders of core, ML2,
 * services and extensions, ordered so that what a feature requires comes before it. There is no list to edit.
 */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Extension } from '#resource/definition.ts'
import type { Migration } from '#store/migration.ts'
import { announced } from './announced.ts'
import { featureFolders, importDefault, loadMigrations, SOURCE } from './folders.ts'
import type { Plugin } from './plugin.ts'

export interface Rule {
  readonly name: string
  readonly rule: string
}

export interface Feature {
  /** Its folder below src/: `extensions/quotas`. */
  readonly folder: string
  /** Null for a folder that only has tables (migrations) or policy. */
  readonly definition: Extension | null
  readonly plugin: Plugin | null
  readonly policies: readonly Rule[]
  readonly migrations: readonly Migration[]
}

/** Service plugins that are loaded whether they are named or not. Source: upstream's DEFAULT_SERVICE_PLUGINS. */
const ALWAYS: readonly string[] = ['auto_allocate', 'flavors', 'network_ip_availability']

/** Not a folder of its own: what the machine itself announces. */
const MACHINE: Feature = { folder: 'plugin', definition: announced, plugin: null, policies: [], migrations: [] }

/**
 * Every feature, ordered by `requires`. `services`: the service plugins that are wanted beside those that always are, by
 * the names of their folders; null: all there are.
 * @throws Error when a service or a required alias does not exist.
 */
export async function discover(services: readonly string[] | null = null): Promise<Feature[]> {
  const folders = await featureFolders()
  const missing = services?.find((name) => !folders.includes(`services/${name}`))
  if (missing !== undefined) throw new Error(`service_plugins: there is no service plugin ${missing}`)
  const isService = (folder: string) => folder.startsWith('services/')
  const asked = folders.filter(
    (folder) => services === null || !isService(folder) || services.includes(folder.slice(9)),
  )
  const features = (await Promise.all(asked.map(loadFeature))).filter((feature) => feature !== null)
  const rest = folders.filter((folder) => !asked.includes(folder) && ALWAYS.includes(folder.slice(9)))
  const more = await Promise.all((await supported(rest, features)).map(loadFeature))
  return orderFeatures([MACHINE, ...features, ...more.filter((feature) => feature !== null)])
}

/**
 * Those of the folders that require nothing that is not there: no auto-allocation without routers. Only definitions are
 * read of the others: their tables would widen rows of tables that are not made for it.
 */
async function supported(folders: readonly string[], features: readonly Feature[]): Promise<string[]> {
  const definitions = await Promise.all(folders.map(loadDefinition))
  const known = [...features.map(({ definition }) => definition), ...definitions, MACHINE.definition]
  const aliases = new Set(known.flatMap((definition) => [definition, ...(definition?.announces ?? [])]).map(aliasOf))
  return folders.filter((_, index) => (definitions[index]?.requires ?? []).every((alias) => aliases.has(alias)))
}

function aliasOf(definition: { readonly alias: string } | null): string | undefined {
  return definition?.alias
}

async function loadDefinition(folder: string): Promise<Extension | null> {
  const path = join(SOURCE, folder, 'definition.ts')
  return existsSync(path) ? ((await importDefault(path)) as Extension) : null
}

/**
 * The folders that entries of `service_plugins` mean: aliases, or class paths as upstream has them
 * (`neutron.services.l3_router.l3_router_plugin.L3RouterPlugin`).
 */
export function serviceNames(entries: readonly string[]): string[] {
  const names = entries.map((entry) => CLASS_PATHS.get(entry) ?? entry).filter((entry) => entry !== '')
  return [...new Set(names)]
}

/** What the machine does itself, and operators may name all the same, means no folder. */
const CLASS_PATHS: ReadonlyMap<string, string> = new Map([
  ['tag', ''],
  ['timestamp', ''],
  ['revisions', ''],
  ['neutron.services.l3_router.l3_router_plugin.L3RouterPlugin', 'router'],
  ['neutron.services.l3_router.l3_router_plugin:L3RouterPlugin', 'router'],
  ['neutron.services.portforwarding.pf_plugin.PortForwardingPlugin', 'port_forwarding'],
  ['neutron.services.segments.plugin.Plugin', 'segments'],
  ['neutron.services.network_segment_range.plugin.NetworkSegmentRangePlugin', 'network_segment_range'],
])

async function loadFeature(folder: string): Promise<Feature | null> {
  const files = existsSync(join(SOURCE, folder)) ? await readdir(join(SOURCE, folder)) : []
  const face = async <T>(file: string): Promise<T | null> =>
    files.includes(file) ? ((await importDefault(join(SOURCE, folder, file))) as T) : null
  const [definition, plugin, policies, migrations] = await Promise.all([
    face<Extension>('definition.ts'),
    face<Plugin>('plugin.ts'),
    face<readonly Rule[]>('policy.ts'),
    loadMigrations(folder),
  ])
  if (!definition && !plugin && !policies && migrations.length === 0) return null
  return { folder, definition: definition ?? plugin?.api ?? null, plugin, policies: policies ?? [], migrations }
}

/** Each after all it requires, otherwise in the given order. Pure. @throws Error naming what is missing or circular. */
export function orderFeatures(features: readonly Feature[]): Feature[] {
  const byAlias = new Map<string, Feature>()
  for (const feature of features) {
    if (!feature.definition) continue
    byAlias.set(feature.definition.alias, feature)
    for (const { alias } of feature.definition.announces ?? []) byAlias.set(alias, feature)
  }
  const ordered = new Set<Feature>()
  const visit = (feature: Feature, path: readonly string[]) => {
    if (ordered.has(feature)) return
    if (path.includes(feature.folder)) throw new Error(`features require each other: ${path.join(' → ')}`)
    for (const alias of feature.definition?.requires ?? []) {
      const required = byAlias.get(alias)
      if (!required) throw new Error(`${feature.folder} requires extension ${alias}, which is not loaded`)
      if (required !== feature) visit(required, [...path, feature.folder])
    }
    ordered.add(feature)
  }
  for (const feature of features) visit(feature, [])
  return [...ordered]
}
