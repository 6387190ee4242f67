/**
 * Reads what a topology is made of: a handful of list requests at a time, however much there is, each with the fields
 * that are drawn and nothing else. A list the server does not have is left out and named.
 * Source: Networking API v2.0, filtering and `fields`.
 */
import type { JsonObject } from '#base/json.ts'
import type { Client, Query } from '#cli/command.ts'
import { CliError, HttpError } from '#cli/errors.ts'
import { FIELDS, type NetworkRecord, type PortRecord, type Records, type RouterRecord } from './records.ts'

export interface Reading {
  readonly records: Records
  /** Collections the server does not have. */
  readonly missing: readonly string[]
}

type Lists = Pick<Client, 'list'>
type Collection = keyof typeof FIELDS

/** So many ids in one request: what fits into a line of HTTP. */
const IDS_MAX = 100

/** A project's networks, and others' that it may use; null: everything the caller may see. */
export async function readProject(client: Lists, projectId: string | null): Promise<Reading> {
  const reader = new Reader(client)
  const own: Query = projectId === null ? {} : { project_id: projectId }
  const foreign: readonly Query[] = projectId === null ? [] : [{ shared: true }, { 'router:external': true }]
  const [networks, subnets, ports, routers, floatingips, groups] = await Promise.all([
    Promise.all([own, ...foreign].map((query) => reader.need<'networks'>('networks', query))),
    reader.need<'subnets'>('subnets', own),
    reader.need<'ports'>('ports', own),
    reader.maybe<'routers'>('routers', own),
    reader.maybe<'floatingips'>('floatingips', own),
    reader.maybe<'security_groups'>('security_groups', own),
  ])
  const all = unique(networks.flat())
  const others = projectId === null ? [] : all.filter((network) => network.project_id !== projectId)
  const more = await reader.byIds<'subnets'>('subnets', 'network_id', idsOf(others))
  return reader.reading({
    projectId,
    networks: all,
    subnets: unique([...subnets, ...more]),
    ports,
    routers,
    floatingips,
    security_groups: groups,
  })
}

/**
 * Those networks, whoever's they are, with what is on them, the routers they are joined to and those routers' gateways.
 * @throws CliError when one is not there or a name is several networks'.
 */
export async function readNetworks(client: Lists, namesOrIds: readonly string[]): Promise<Reading> {
  const reader = new Reader(client)
  const [byId, byName] = await Promise.all(
    ['id', 'name'].map((key) => reader.need<'networks'>('networks', { [key]: namesOrIds })),
  )
  const found = unique(namesOrIds.map((wanted) => pick(wanted, byId ?? [], byName ?? [])))
  const [subnets, ports] = await Promise.all([
    reader.byIds<'subnets'>('subnets', 'network_id', idsOf(found)),
    reader.byIds<'ports'>('ports', 'network_id', idsOf(found)),
  ])
  const [routers, floatingips] = await readRouters(reader, ports)
  const gateways = (routers ?? []).flatMap((router) => gatewayNetworks(router))
  const outer = [...new Set(gateways)].filter((id) => !found.some((network) => network.id === id))
  const [networks, more] = await Promise.all([
    reader.byIds<'networks'>('networks', 'id', outer),
    reader.byIds<'subnets'>('subnets', 'network_id', outer),
  ])
  return reader.reading({
    projectId: null,
    networks: [...found, ...networks],
    subnets: [...subnets, ...more],
    ports,
    routers,
    floatingips,
    security_groups: null,
  })
}

/** The routers that those ports are of, and the floating IPs that lead through them. */
async function readRouters(reader: Reader, ports: readonly PortRecord[]) {
  const owned = ports.filter(
    ({ device_owner }) => device_owner.startsWith('network:') && device_owner.includes('router'),
  )
  const ids = [...new Set(owned.map(({ device_id }) => device_id))].filter((id) => id !== '')
  return Promise.all([
    reader.maybeByIds<'routers'>('routers', 'id', ids),
    reader.maybeByIds<'floatingips'>('floatingips', 'router_id', ids),
  ])
}

function gatewayNetworks({ external_gateway_info: info, external_gateways: several }: RouterRecord): string[] {
  return [...(info ? [info] : []), ...(several ?? [])].map(({ network_id }) => network_id)
}

function pick(wanted: string, byId: readonly NetworkRecord[], byName: readonly NetworkRecord[]): NetworkRecord {
  const exact = byId.find(({ id }) => id === wanted)
  if (exact) return exact
  const named = byName.filter(({ name }) => name === wanted)
  if (named.length > 1) {
    throw new CliError(`Multiple network matches found for name '${wanted}', use an ID to be more specific.`)
  }
  if (!named[0]) throw new CliError(`Unable to find network with name or id '${wanted}'`)
  return named[0]
}

type Listed<C extends Collection> = NonNullable<Records[C]>[number]

class Reader {
  readonly #client: Lists
  readonly #missing = new Set<string>()

  constructor(client: Lists) {
    this.#client = client
  }

  reading(records: Records): Reading {
    return { records, missing: [...this.#missing] }
  }

  async need<C extends Collection>(collection: C, query: Query): Promise<readonly Listed<C>[]> {
    const path = `/${collection.replaceAll('_', '-')}`
    const items: readonly JsonObject[] = await this.#client.list(
      path,
      { ...query, fields: FIELDS[collection] },
      collection,
    )
    // The fields are those that were asked for: that is what their types say.
    return items as unknown as readonly Listed<C>[]
  }

  /** Null where the server has no such resource. */
  async maybe<C extends Collection>(collection: C, query: Query): Promise<readonly Listed<C>[] | null> {
    try {
      return await this.need<C>(collection, query)
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 404) throw error
      this.#missing.add(collection.replaceAll('_', ' '))
      return null
    }
  }

  async byIds<C extends Collection>(collection: C, key: string, ids: readonly string[]): Promise<readonly Listed<C>[]> {
    const parts = partsOf(ids)
    return (await Promise.all(parts.map((part) => this.need<C>(collection, { [key]: part })))).flat()
  }

  async maybeByIds<C extends Collection>(
    collection: C,
    key: string,
    ids: readonly string[],
  ): Promise<readonly Listed<C>[] | null> {
    const lists = await Promise.all(partsOf(ids).map((part) => this.maybe<C>(collection, { [key]: part })))
    return lists.includes(null) ? null : lists.flatMap((list) => list ?? [])
  }
}

function partsOf(ids: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / IDS_MAX) }, (_, part) =>
    ids.slice(part * IDS_MAX, (part + 1) * IDS_MAX),
  )
}

function idsOf(items: readonly { readonly id: string }[]): string[] {
  return items.map(({ id }) => id)
}

function unique<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}
