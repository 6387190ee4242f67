/**
 * What L3 agents ask: which routers are theirs, and everything about them, many at a time. A port that is not bound to
 * the agent's host yet is bound on the way, so that the L2 agent there wires it.
 * Source: reference of agents and RPC, §7.
 */

import { newRequestId } from '#base/ids.ts'
import { isInCidr, parseCidr } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { networks } from '#core/network/tables.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { subnetpools } from '#core/subnetpool/tables.ts'
import { systemContext } from '#plugin/context.ts'
import type { Operation, PluginHost, Resources, RpcHandler } from '#plugin/plugin.ts'
import type { FloatingIpInfo, PortForwardingInfo, RouterInfo, RouterPort } from '#rpc/contract/l3.ts'
import type { Tx } from '#store/store.ts'
import { GATEWAY, INTERFACE } from './lookups.ts'
import { type Scheduling, servingAgent, takeUnhosted } from './scheduler.ts'
import { type FloatingIp, floatingips, type Router, routerBindings, routers } from './tables.ts'

const UNBOUND: readonly string[] = ['unbound', 'binding_failed']

export function l3Methods(
  { store, resources }: PluginHost,
  { autoSchedule, ...scheduling }: { readonly autoSchedule: boolean } & Pick<Scheduling, 'strategy' | 'defaultZones'>,
): { readonly [method: string]: RpcHandler } {
  async function idsOf(host: string, signal: AbortSignal): Promise<string[]> {
    const bound = async (tx: Tx) => {
      const agent = await servingAgent(tx, host)
      return agent ? (await tx.list(routerBindings, { agent_id: agent.id })).map(({ router_id }) => router_id) : []
    }
    if (!autoSchedule) return store.read(bound, signal)
    return store.transaction(async (tx) => {
      const agent = await servingAgent(tx, host)
      if (agent) await takeUnhosted(tx, agent, scheduling)
      return bound(tx)
    }, signal)
  }

  async function bind(host: string, portIds: readonly string[], signal: AbortSignal): Promise<void> {
    await store.transaction(async (tx) => {
      const op = { tx, context: systemContext(newRequestId()) }
      const there = new Set(
        (await tx.select(ports, { where: isIn('id', portIds), columns: ['id'] })).map(({ id }) => id),
      )
      for (const id of portIds) {
        if (there.has(id)) await resources.update(op, 'port', id, { 'binding:host_id': host })
      }
    }, signal)
  }

  return {
    get_host_ha_router_count: async () => 0,
    get_service_plugin_list: async () => ['CORE', 'L3_ROUTER_NAT'],
    get_router_ids: async ({ host }, signal) => idsOf(host as string, signal),

    async sync_routers({ host, router_ids }, signal) {
      const all = await idsOf(host as string, signal)
      const asked = router_ids as readonly string[] | null
      const ids = asked === null ? all : asked.filter((id) => all.includes(id))
      const read = (tx: Tx) => readRouters({ tx, context: systemContext(newRequestId()) }, resources, ids)
      const found = await store.read(read, signal)
      const unbound = found.ports.filter(
        (port) => port['binding:host_id'] !== host || UNBOUND.includes(port['binding:vif_type']),
      )
      if (unbound.length === 0) return infos(found)
      await bind(
        host as string,
        unbound.map(({ id }) => id),
        signal,
      )
      return infos(await store.read(read, signal))
    },

    async update_floatingip_statuses({ router_id, fip_statuses }, signal) {
      const byStatus = Map.groupBy(Object.entries(fip_statuses as JsonObject), ([, status]) => String(status))
      await store.transaction(async (tx) => {
        for (const [status, entries] of byStatus) await setStatus(tx, entries, status)
        // Those the router had, and nobody has now.
        const left = await tx.list(floatingips, { last_known_router_id: router_id as string, router_id: null })
        await setStatus(
          tx,
          left.map(({ id }) => [id, 'DOWN']),
          'DOWN',
        )
      }, signal)
      return null
    },
  }

  async function setStatus(tx: Tx, entries: readonly (readonly [string, Json])[], status: string): Promise<void> {
    const ids = entries.map(([id]) => id)
    if (ids.length === 0) return
    const rows = await tx.select(floatingips, { where: isIn('id', ids), columns: ['id', 'status', 'router_id'] })
    // What is reported of a router that has lost the address meanwhile is no longer true.
    const changed = rows.filter((row) => row.status !== status && (status !== 'ACTIVE' || row.router_id !== null))
    if (changed.length === 0) return
    const changedIds = changed.map(({ id }) => id)
    await tx.update(floatingips, { id: changedIds }, { status })
    await resources.touch({ tx, context: systemContext(newRequestId()) }, 'floatingip', changedIds)
  }
}

interface Found {
  readonly routers: readonly Router[]
  readonly ports: readonly Port[]
  readonly subnets: ReadonlyMap<string, readonly Subnet[]>
  readonly mtus: ReadonlyMap<string, number>
  /** Address scopes by subnet pool; pools in none are left out. */
  readonly scopes: ReadonlyMap<string, string>
  readonly floatingips: readonly AgentsFloatingIp[]
}

const NOTHING: Found = {
  routers: [],
  ports: [],
  subnets: new Map(),
  mtus: new Map(),
  scopes: new Map(),
  floatingips: [],
}

/** Floating IPs as agents are told of them: the row, and what other features add for agents. */
interface AgentsFloatingIp extends FloatingIp {
  readonly _port_forwardings?: readonly PortForwardingInfo[]
}
const FLOATING_IP_FIELDS = [...floatingips.columns.keys(), '_port_forwardings']

/** Everything about those routers that are up, in six statements, and one for each feature that adds to it. */
async function readRouters(op: Operation, resources: Resources, ids: readonly string[]): Promise<Found> {
  const { tx } = op
  const up = ids.length === 0 ? [] : await tx.list(routers, { id: ids, admin_state_up: true })
  const upIds = up.map(({ id }) => id)
  if (upIds.length === 0) return NOTHING
  const all = await tx.list(ports, { device_id: upIds, device_owner: [INTERFACE, GATEWAY] })
  const networkIds = [...new Set(all.map(({ network_id }) => network_id))]
  const near = await tx.select(subnets, { where: isIn('network_id', networkIds) })
  const known = await tx.select(networks, { where: isIn('id', networkIds) })
  return {
    routers: up,
    ports: all,
    subnets: Map.groupBy(near, ({ network_id }) => network_id),
    mtus: new Map(known.map((network) => [network.id, Number((network as { mtu?: number }).mtu ?? 0)])),
    scopes: await scopesOfPools(tx, near),
    floatingips: (await resources.list(op, 'floatingip', {
      where: isIn('router_id', upIds),
      fields: FLOATING_IP_FIELDS,
    })) as unknown as AgentsFloatingIp[],
  }
}

async function scopesOfPools(tx: Tx, near: readonly Subnet[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(near.flatMap(({ subnetpool_id }) => subnetpool_id ?? []))]
  if (ids.length === 0) return new Map()
  const pools = await tx.select(subnetpools, { where: isIn('id', ids) })
  return new Map(pools.flatMap(({ id, address_scope_id }) => (address_scope_id ? [[id, address_scope_id]] : [])))
}

function infos(found: Found): JsonObject[] {
  const byRouter = Map.groupBy(found.ports, ({ device_id }) => device_id)
  const floating = Map.groupBy(found.floatingips, ({ router_id }) => router_id)
  return found.routers.map(({ extra_gateways, ...router }): RouterInfo => {
    const own = (byRouter.get(router.id) ?? []).filter(({ fixed_ips }) => fixed_ips.length > 0)
    const gateway = own.find(({ id }) => id === router.gw_port_id)
    const outside = (floating.get(router.id) ?? []).map((row) => floatingIpInfo(row, scopeOfFixed(row, own, found)))
    return {
      ...router,
      project_id: router.project_id ?? '',
      tenant_id: router.project_id ?? '',
      gw_port_id: gateway?.id ?? null,
      gw_port: gateway ? portInfo(gateway, found) : null,
      _extra_gateways: extra_gateways.flatMap(({ port_id, enable_snat }) => {
        const port = own.find(({ id, device_owner }) => id === port_id && device_owner === GATEWAY)
        return port ? [{ port: portInfo(port, found), enable_snat }] : []
      }),
      external_gateway_info: router.external_gateway_info as unknown as JsonObject | null,
      _interfaces: own.filter(({ device_owner }) => device_owner === INTERFACE).map((port) => portInfo(port, found)),
      _floatingips: outside,
      ...forwarded(outside),
      distributed: false,
      ha: false,
    }
  }) as unknown as JsonObject[]
}

/** Where upstream's agents look for the floating IPs that have port forwardings. */
function forwarded(
  all: readonly FloatingIpInfo[],
): Pick<RouterInfo, 'fip_managed_by_port_forwardings' | 'port_forwardings_fip_set' | '_pf_floatingips'> {
  const some = all.filter(({ _port_forwardings = [] }) => _port_forwardings.length > 0)
  if (some.length === 0) return {}
  return {
    fip_managed_by_port_forwardings: some.map(({ id }) => id),
    port_forwardings_fip_set: some.map(({ floating_ip_address }) => `${floating_ip_address}/32`),
    _pf_floatingips: some,
  }
}

function portInfo(port: Port, { subnets: near, mtus, scopes }: Found): RouterPort {
  const here = near.get(port.network_id) ?? []
  const on = new Set(port.fixed_ips.map(({ subnet_id }) => subnet_id))
  const shown = here.map(({ id, cidr, gateway_ip, dns_nameservers, ipv6_ra_mode, subnetpool_id }) => ({
    id,
    cidr,
    gateway_ip,
    dns_nameservers,
    ipv6_ra_mode,
    subnetpool_id,
  }))
  const length = new Map(here.map(({ id, cidr }) => [id, parseCidr(cidr)?.length ?? 0]))
  return {
    ...port,
    project_id: port.project_id ?? '',
    fixed_ips: port.fixed_ips.map((ip) => ({ ...ip, prefixlen: length.get(ip.subnet_id) ?? 0 })),
    subnets: shown.filter(({ id }) => on.has(id)),
    extra_subnets: shown.filter(({ id }) => !on.has(id)),
    address_scopes: { '4': scopeOf(here, 4, scopes), '6': scopeOf(here, 6, scopes) },
    mtu: mtus.get(port.network_id) ?? 0,
  }
}

/** A network's subnets of one IP version are all in the same address scope. */
function scopeOf(here: readonly Subnet[], version: 4 | 6, scopes: Found['scopes']): string | null {
  const pools = here.flatMap(({ ip_version, subnetpool_id }) => (ip_version === version ? (subnetpool_id ?? []) : []))
  return pools.map((id) => scopes.get(id)).find((scope) => scope !== undefined) ?? null
}

/** The scope of the address inside: of the router's subnet that it lies in. */
function scopeOfFixed({ fixed_ip_address }: FloatingIp, own: readonly Port[], found: Found): string | null {
  if (fixed_ip_address === null) return null
  for (const { network_id, device_owner } of own) {
    const here = device_owner === INTERFACE ? (found.subnets.get(network_id) ?? []) : []
    const subnet = here.find(({ cidr }) => isInCidr(fixed_ip_address, cidr))
    if (subnet) return (subnet.subnetpool_id && found.scopes.get(subnet.subnetpool_id)) || null
  }
  return null
}

function floatingIpInfo(row: AgentsFloatingIp, fixed_ip_address_scope: string | null): FloatingIpInfo {
  const { floating_port_id: _port, last_known_router_id: _router, ...shown } = row
  return { ...shown, project_id: row.project_id ?? '', fixed_ip_address_scope }
}
