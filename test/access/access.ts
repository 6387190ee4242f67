/** Everything asked of everybody, about every resource there is, on a server of its own. */
import { discover } from '#plugin/discover.ts'
import type { Store } from '#store/store.ts'
import { startTestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'
import { ask, type Telling } from './matrix.ts'
import type { Section } from './page.ts'
import { REFERENCES, tell } from './references.ts'
import { askRoutes } from './routes.ts'
import { Rules } from './rules.ts'
import { World } from './world.ts'

export const features = await discover()

const LIMITED = [
  'network',
  'subnet',
  'port',
  'router',
  'floatingip',
  'security_group',
  'security_group_rule',
  'rbac_policy',
]
const SETTINGS = { ...ML2, quotas: Object.fromEntries(LIMITED.map((name) => [`quota_${name}`, '-1'])) }

export interface Access {
  readonly sections: readonly Section[]
  readonly tellings: readonly Telling[]
}

export async function askEverybody(store: Store): Promise<Access> {
  await using api = await startTestCloud(store, features, SETTINGS)
  const rules = new Rules(api.started, features)
  const sections: Section[] = []
  const tellings: Telling[] = []
  for (const resource of api.started.definitions.resources.values()) {
    const { rows, tellings: told, target } = await ask(new World(api), resource)
    const { table } = api.started.registry.get(resource.name)
    const row = await store.read((tx) => tx.find(table, { [resource.key]: target.key }))
    const asked = await store.read((tx) => rules.rows(tx, resource, row ?? target.object))
    sections.push({ resource: resource.name, rows, rules: asked })
    tellings.push(...told)
  }
  return { sections, tellings }
}

/** What naming another's object is answered with, beside what naming nobody's is. */
export async function nameWhatIsHidden(store: Store): Promise<(Telling & { readonly status: number })[]> {
  await using api = await startTestCloud(store, features, SETTINGS)
  const world = new World(api)
  const all: (Telling & { status: number })[] = []
  for (const [what, reference] of Object.entries(REFERENCES)) {
    if (!api.started.definitions.resources.has(what.split('.')[0]!)) continue
    const { hidden, absent } = await tell(world, reference)
    const said = ({ status, text }: typeof hidden) => `${status} ${text}`
    all.push({ what, status: hidden.status, hidden: said(hidden), absent: said(absent) })
  }
  return all
}

/** What plugins' own paths answer an outsider. */
export async function askPaths(store: Store): Promise<Telling[]> {
  await using api = await startTestCloud(store, features, SETTINGS)
  return await askRoutes(new World(api))
}
