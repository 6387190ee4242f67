/**
 * Plugins' own paths (`/agents/{agent_id}/l3-routers`, `/quotas/{project_id}`): an outsider who names the owner's
 * things in them is answered as one who names what is not there. Paths are read from what is served; a variable that
 * is neither a resource's id nor in WORDS fails the test.
 */
import assert from 'node:assert/strict'
import { isUuid, newId } from '#base/ids.ts'
import type { Answer } from '../fakes/api.ts'
import { EXAMPLES } from './examples.ts'
import type { Telling } from './matrix.ts'
import { OWNER, type World } from './world.ts'

/** What stands for a variable: of the owner's, and of nobody's. */
const WORDS: { readonly [variable: string]: readonly [theirs: string, nobodys: string] } = {
  project_id: [OWNER, 'nobody-s-project'],
  'tag:text': ['mine', 'mine'],
}

/** Bodies by the last word of the path; absent: none is sent. */
const BODIES: { readonly [last: string]: (id: string) => object } = {
  tags: () => ({ tags: ['mine'] }),
  'l3-routers': (router_id) => ({ router_id }),
  'dhcp-networks': (network_id) => ({ network_id }),
}

export async function askRoutes(world: World): Promise<Telling[]> {
  const tellings: Telling[] = []
  for (const { method, path } of world.api.started.routes) {
    const [theirs, nobodys] = await namesFor(world, path)
    if (theirs === null) continue
    const last = path.split('/').at(-1)!
    const body = ['POST', 'PUT'].includes(method) ? BODIES[last] : undefined
    const send = async (names: ReadonlyMap<string, string>) => {
      const target = path.replaceAll(/\{([^}]+)\}/g, (_, variable: string) => names.get(variable)!)
      const named = last === 'l3-routers' ? 'router_id' : 'network_id'
      const answer = await world.api.call('bob', method, `/v2.0${target}`, body?.(names.get(named) ?? newId()))
      return said(answer, [...names.values()])
    }
    tellings.push({ what: `bob ${method} ${path}`, hidden: await send(theirs), absent: await send(nobodys) })
  }
  return tellings
}

/** With ids left out: they are not the same in both. */
function said({ status, text }: Answer, names: readonly string[]): string {
  return names.filter(isUuid).reduce((rest, name) => rest.replaceAll(name, '…'), `${status} ${text}`)
}

type Names = ReadonlyMap<string, string>

async function namesFor(world: World, path: string): Promise<[Names, Names] | [null, null]> {
  const variables = [...path.matchAll(/\{([^}]+)\}/g)].map(([, variable]) => variable!)
  if (variables.length === 0) return [null, null]
  const theirs = new Map<string, string>()
  const nobodys = new Map<string, string>()
  for (const variable of variables) {
    const word = WORDS[variable]
    theirs.set(variable, word?.[0] ?? (await exampleOf(world, variable.replace(/_id$/, ''))))
    nobodys.set(variable, word?.[1] ?? newId())
  }
  return [theirs, nobodys]
}

const made = new WeakMap<World, Map<string, string>>()

async function exampleOf(world: World, name: string): Promise<string> {
  const known = made.get(world) ?? new Map<string, string>()
  made.set(world, known)
  const example = EXAMPLES[name]
  assert(example, `test/access/routes.ts does not know what {${name}_id} is`)
  const id = known.get(name) ?? (example.given ? await example.given(world) : await make())
  known.set(name, id)
  return id

  async function make(): Promise<string> {
    return (await world.make(name, await example!.body!(world, null), example!.by)).id
  }
}
