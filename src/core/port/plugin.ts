/**
 * Ports: MAC address, addresses, status. A bulk create is one pass: networks and subnets are read once, MAC addresses
 * taken once, addresses allocated once. Binding to hosts is ml2's.
 * Source: Networking API v2.0, "Ports".
 */
import type { Json } from '#base/json.ts'
import { and, isIn, or, type Predicate, TRUE } from '#base/predicate.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { networks } from '#core/network/tables.ts'
import { SubnetNotFound } from '#core/subnet/errors.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { allocate, release, releasePorts } from '#ipam/allocate.ts'
import { mayUse, VISIBLE } from '#plugin/grants.ts'
import {
  type Creating,
  definePlugin,
  type Operation,
  type PluginHost,
  type Resources,
  type Updating,
} from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { HostNotCompatibleWithFixedIps, UnsupportedPortDeviceOwner } from './errors.ts'
import { giveMac, giveMacsOf, takeMacs } from './macs.ts'
import { portOptions } from './options.ts'
import { heldRows } from './parents.ts'
import { changesFor, requestsFor, type WantedIp } from './plan.ts'
import { dropBlocks } from './provisioning.ts'
import { candidates, hostOf, isRouted, type Place, segmentsOfHosts } from './routed.ts'
import { type FixedIp, ipAllocations, type Port, ports } from './tables.ts'

export default definePlugin({
  api,
  start(host: PluginHost) {
    const { base_mac } = host.config.of(portOptions)
    host.serve('port', ports, {
      beforeCreate: (creating) => prepare(host, creating, base_mac),
      beforeUpdate: (updating) => prepareUpdate(host, updating, base_mac),
      async afterDelete({ tx, before }) {
        await releasePorts(tx, [before.id])
        await giveMacsOf(tx, [before.id])
        await dropBlocks(tx, [before.id])
      },
      filters: { fixed_ips: byFixedIps },
    })
  },
})

async function prepare({ resources }: PluginHost, creating: Creating<Port>, baseMac: string): Promise<void> {
  const { tx, rows } = creating
  const networkIds = [...new Set(rows.map(({ network_id }) => network_id!))]
  const known = new Set((await heldRows(tx, networks, 'id', networkIds)).map(({ id }) => id))
  const missing = networkIds.find((id) => !known.has(id))
  if (missing !== undefined) throw NetworkNotFound({ net_id: missing })

  const below = await subnetsOf(tx, networkIds)
  const wanted = rows.map(({ fixed_ips }) => fixed_ips as readonly WantedIp[] | undefined)
  await refuseUnknownSubnets(
    creating,
    wanted.flatMap((ips) => ips ?? []),
    [...below.values()].flat(),
  )
  const macs = await takeMacs(
    tx,
    rows.map(({ id, network_id, mac_address }) => ({ portId: id, networkId: network_id!, mac: mac_address ?? null })),
    baseMac,
  )
  const places = await placesOf(creating, resources, rows as Port[], below)
  const requests = rows.map((row, index) => {
    row.mac_address = macs[index]!
    row.device_id ??= ''
    row.device_owner ??= ''
    row.status ??= 'DOWN'
    const asked = requestsFor(row as Port, wanted[index], below.get(row.network_id!) ?? [], places(row as Port))
    row.ip_allocation = wanted[index]?.length === 0 ? 'none' : asked === null ? 'deferred' : 'immediate'
    return asked ?? []
  })
  const given = await allocate(tx, requests.flat())
  let first = 0
  for (const [index, row] of rows.entries()) {
    const end = first + requests[index]!.length
    row.fixed_ips = given.slice(first, end)
    first = end
  }
}

/** Where each port is, as far as that matters: the networks that are not routed are asked nothing of. */
async function placesOf(
  op: Operation,
  resources: Resources,
  rows: readonly Port[],
  below: ReadonlyMap<string, readonly Subnet[]>,
): Promise<(row: Port) => Place> {
  const routed = rows.filter((row) => hostOf(row) !== '' && isRouted(below.get(row.network_id) ?? []))
  const reached = await segmentsOfHosts(
    op,
    resources,
    [...new Set(routed.map(({ network_id }) => network_id))],
    [...new Set(routed.map(hostOf))],
  )
  return (row) => ({ host: hostOf(row), segments: reached.get(hostOf(row)) ?? new Set() })
}

/** The networks' subnets, oldest first. */
async function subnetsOf(tx: Tx, networkIds: readonly string[]): Promise<Map<string, Subnet[]>> {
  const all = await heldRows(tx, subnets, 'network_id', networkIds)
  const ageOf = ({ created_at, id }: Subnet) => `${created_at} ${id}`
  all.sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1))
  return Map.groupBy(all, ({ network_id }) => network_id)
}

/**
 * A subnet of another network is refused by the plan; one that does not exist, or that the caller may not see, is not
 * found.
 * @throws SubnetNotFound
 */
async function refuseUnknownSubnets(
  { tx, context }: Operation,
  wanted: readonly WantedIp[],
  near: readonly Subnet[],
): Promise<void> {
  const here = new Set(near.map(({ id }) => id))
  const far = [...new Set(wanted.flatMap(({ subnet_id }) => (subnet_id && !here.has(subnet_id) ? [subnet_id] : [])))]
  if (far.length === 0 || near.length === 0) return
  const there = new Set<string>()
  for (const { id, network_id, project_id } of await tx.list(subnets, { id: far })) {
    if (await mayUse(tx, context, VISIBLE, { id: network_id, project_id })) there.add(id)
  }
  const missing = far.find((id) => !there.has(id))
  if (missing !== undefined) throw SubnetNotFound({ subnet_id: missing })
}

async function prepareUpdate(
  { resources, definitions }: PluginHost,
  updating: Updating<Port>,
  baseMac: string,
): Promise<void> {
  const { tx, before, after, values } = updating
  const macChanged = 'mac_address' in values && values.mac_address !== before.mac_address
  if (macChanged) await changeMac(updating, baseMac)
  const moved = hostOf(after) !== '' && hostOf(after) !== hostOf(before)
  if (
    !('fixed_ips' in values) &&
    !macChanged &&
    !(moved && definitions.resources.has('segment') && mayBeRouted(before))
  )
    return
  const near = (await subnetsOf(tx, [before.network_id])).get(before.network_id) ?? []
  const place = (await placesOf(updating, resources, [after], new Map([[before.network_id, near]])))(after)
  if (!('fixed_ips' in values) && moved && isRouted(near)) {
    if (isDeferred(before)) {
      after.fixed_ips = await allocate(tx, requestsFor(after, undefined, near, place) ?? [])
      return
    }
    keepsAddresses(before, near, place)
  }
  if (!('fixed_ips' in values) && !macChanged) return
  const wanted = (values.fixed_ips ?? before.fixed_ips) as readonly WantedIp[]
  await refuseUnknownSubnets(updating, wanted, near)
  const { slots, requests, remove } = changesFor(after, before.fixed_ips, wanted, near, macChanged, place)
  await release(tx, before.id, remove)
  const given = await allocate(tx, requests)
  let next = 0
  after.fixed_ips = slots.map((slot): FixedIp => slot ?? given[next++]!)
}

async function changeMac({ tx, before, after, values }: Updating<Port>, baseMac: string): Promise<void> {
  if (after.device_owner.startsWith('network:')) {
    throw UnsupportedPortDeviceOwner({
      op: 'mac address update',
      device_owner: after.device_owner,
      port_id: before.id,
    })
  }
  const mac = values.mac_address as string | null
  const [taken] = await takeMacs(tx, [{ portId: before.id, networkId: before.network_id, mac }], baseMac)
  await giveMac(tx, before.network_id, before.mac_address)
  after.mac_address = taken!
}

/** Whether a host says anything about the port's addresses: it has some, or was made before it had a host. */
function mayBeRouted(port: Port): boolean {
  return port.fixed_ips.length > 0 || isDeferred(port)
}

function isDeferred(port: Port): boolean {
  const { ip_allocation } = port as { readonly ip_allocation?: unknown }
  return ip_allocation === 'deferred' && port.fixed_ips.length === 0
}

/** @throws HostNotCompatibleWithFixedIps when the port's addresses mean nothing where its new host is. */
function keepsAddresses(port: Port, near: readonly Subnet[], place: Place): void {
  if (port.fixed_ips.length === 0) return
  const valid = candidates(port, near, undefined, place) ?? []
  if (port.fixed_ips.every(({ subnet_id }) => valid.some(({ id }) => id === subnet_id))) return
  throw HostNotCompatibleWithFixedIps({ host: place.host, port_id: port.id })
}

/**
 * `fixed_ips=ip_address=10.0.0.5`, `subnet_id=…`, `ip_address_substr=10.0`: values of one key are alternatives, keys
 * narrow each other down, and all must hold for one address.
 */
function byFixedIps(values: readonly Json[]): Predicate {
  const byKey = new Map<string, string[]>()
  for (const value of values) {
    const text = String(value)
    const at = text.indexOf('=')
    if (at < 0) throw InvalidInput({ error_message: `'${text}' is not of the form <key>=[value]` })
    const key = text.slice(0, at)
    byKey.set(key, [...(byKey.get(key) ?? []), text.slice(at + 1)])
  }
  // Other keys narrow nothing down.
  const conditions = [...byKey].flatMap(([key, texts]): Predicate[] => {
    if (key === 'ip_address' || key === 'subnet_id') return [isIn(key, texts)]
    if (key === 'ip_address_substr')
      return [or(...texts.map((text): Predicate => ({ op: 'contains', column: 'ip_address', text })))]
    return []
  })
  if (conditions.length === 0) return TRUE
  return { op: 'exists', table: ipAllocations.name, column: 'port_id', equals: 'id', where: and(...conditions) }
}
