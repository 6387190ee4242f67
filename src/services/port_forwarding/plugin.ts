/**
 * Port forwardings: rows below a floating IP, what that makes of the floating IP (its router, its revision), what
 * becomes of them when ports change, and what L3 agents are given.
 * Source: Networking API v2.0, "Floating IPs port forwarding"; reference of agents and RPC, §5 and §7.
 */
import { isInCidr } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { systemContext } from '#plugin/context.ts'
import { type Created, type Creating, definePlugin, type Operation, type PluginHost } from '#plugin/plugin.ts'
import type { PortForwardingInfo } from '#rpc/contract/l3.ts'
import { RouterInterfaceInUseByFloatingIP } from '#services/router/errors.ts'
import { type FloatingIp, floatingips, INTERFACE, logRouterContents } from '#services/router/tables.ts'
import { lockRows } from '#store/lock.ts'
import api from './definition.ts'
import { FipInUseByPortForwarding } from './errors.ts'
import { toRange } from './ranges.ts'
import {
  refuseAssociated,
  refuseBoundPort,
  refuseCollisions,
  refuseDuplicates,
  refuseForeignAddress,
  routerFor,
  settlePorts,
} from './rules.ts'
import { type PortForwarding, portForwardings } from './tables.ts'

const RESOURCE = 'floatingip_port_forwarding'

export default definePlugin({
  api,
  start(host: PluginHost) {
    const { resources } = host
    host.serve<PortForwarding>(RESOURCE, portForwardings, {
      beforeCreate: prepare,
      async afterCreate({ tx, context, rows }: Created<PortForwarding>) {
        for (const row of rows) await touch({ tx, context }, host, row)
      },
      async beforeUpdate({ tx, context, before, after, values }) {
        const op = { tx, context }
        const floatingIp = await lockFloatingIp(op, before.floatingip_id)
        await lockRows(tx, ports, [before.internal_port_id, after.internal_port_id])
        settlePorts(after, values)
        if ('internal_port_id' in values) await refuseBoundPort(op, after.internal_port_id, after.internal_ip_address)
        if (after.internal_port_id !== before.internal_port_id) await routerFor(op, after, floatingIp)
        await refuseForeignAddress(op, after)
        await refuseDuplicates(op, after, floatingIp)
        await refuseCollisions(op, after)
      },
      afterUpdate: ({ tx, context, after }) => touch({ tx, context }, host, after),
      async beforeDelete({ tx, context, before }) {
        await lockFloatingIp({ tx, context }, before.floatingip_id)
      },
      async afterDelete({ tx, context, before }) {
        const { floatingip_id } = before
        const floatingIp = await tx.find(floatingips, { id: floatingip_id })
        if (floatingIp && !(await tx.exists(portForwardings, { floatingip_id }))) {
          const values = { router_id: null, last_known_router_id: floatingIp.router_id }
          await tx.update(floatingips, { id: floatingip_id }, values)
        }
        await touch({ tx, context }, host, before)
      },
      filters: {
        external_port: (values) => isIn('external_port', values.map(toPort)),
        external_port_range: (values) =>
          isIn(
            'external_port_range',
            values.map((value) => toRange(String(value))),
          ),
      },
    })
    host.show<FloatingIp>('floatingip', ['port_forwardings', '_port_forwardings'], shownInFloatingIps)
    followFloatingIps(host)
    followPorts(host, (op, id) => resources.remove(elevated(op), RESOURCE, id))
  },
})

/** Whatever is no number is no port. */
function toPort(value: Json): number {
  return /^\d{1,5}$/.test(String(value)) ? Number(value) : -1
}

/** Port forwardings of others follow what one does to one's own ports. */
function elevated({ tx, context }: Operation): Operation {
  return { tx, context: systemContext(context.requestId) }
}

/** A change of a port forwarding is one of its floating IP and of its port, and its router's agent hears of it. */
async function touch(
  op: Operation,
  { resources }: PluginHost,
  { floatingip_id, internal_port_id }: PortForwarding,
): Promise<void> {
  await resources.touch(op, 'floatingip', [floatingip_id])
  await resources.touch(op, 'port', [internal_port_id])
  const floatingIp = await op.tx.find(floatingips, { id: floatingip_id })
  const routerId = floatingIp?.router_id ?? floatingIp?.last_known_router_id
  if (routerId) await logRouterContents(op.tx, [routerId])
}

/** The API has found it before: it is there. */
async function lockFloatingIp({ tx }: Operation, id: string): Promise<FloatingIp> {
  await lockRows(tx, floatingips, [id])
  return (await tx.find(floatingips, { id }))!
}

async function prepare({ tx, context, rows }: Creating<PortForwarding>): Promise<void> {
  const op = { tx, context }
  const prepared: PortForwarding[] = []
  for (const draft of rows) {
    const row = draft as PortForwarding
    const floatingIp = await lockFloatingIp(op, row.floatingip_id)
    await lockRows(tx, ports, [row.internal_port_id])
    settlePorts(row, { ...row })
    await refuseCollisions(op, row, prepared)
    await refuseBoundPort(op, row.internal_port_id, row.internal_ip_address)
    refuseAssociated(floatingIp, row)
    const router_id = await routerFor(op, row, floatingIp)
    if (floatingIp.router_id === null) await tx.update(floatingips, { id: floatingIp.id }, { router_id })
    prepared.push(row)
  }
}

/** What clients and agents are told of a page of floating IPs: one statement. */
async function shownInFloatingIps({ tx, rows }: Operation & { readonly rows: readonly FloatingIp[] }) {
  const found = await tx.select(portForwardings, {
    where: isIn(
      'floatingip_id',
      rows.map(({ id }) => id),
    ),
    sort: [{ column: 'id', direction: 'asc' }],
  })
  const byFloatingIp = Map.groupBy(found, ({ floatingip_id }) => floatingip_id)
  return new Map(
    rows.map((row): [string, JsonObject] => {
      const own = byFloatingIp.get(row.id) ?? []
      return [row.id, { port_forwardings: own.map(brief), _port_forwardings: own.map((one) => infoOf(one, row)) }]
    }),
  )
}

/** Upstream leaves out the port of a range, and ranges altogether. */
function brief(row: PortForwarding): JsonObject {
  const { id, internal_ip_address, protocol, internal_port, external_port, internal_port_id } = row
  return {
    id,
    protocol,
    ...(internal_port === null ? {} : { internal_port }),
    ...(external_port === null ? {} : { external_port }),
    internal_ip_address,
    internal_port_id,
  }
}

function infoOf(row: PortForwarding, { floating_ip_address, router_id }: FloatingIp): JsonObject {
  const info: PortForwardingInfo = { ...row, floating_ip_address, router_id }
  return info as unknown as JsonObject
}

/** A floating IP that forwards ports is not deleted, not given to a port, and keeps its router. */
function followFloatingIps({ events }: PluginHost): void {
  const forwards = ({ tx }: Operation, { id }: FloatingIp) => tx.exists(portForwardings, { floatingip_id: id })
  events.before<FloatingIp>('floatingip', 'update', async ({ tx, context, before, after, values }) => {
    if (!(await forwards({ tx, context }, before))) return
    if (values.port_id) throw FipInUseByPortForwarding({ id: before.id })
    const { router_id, last_known_router_id, status } = before
    Object.assign(after, { router_id, last_known_router_id, status })
  })
  events.before<FloatingIp>('floatingip', 'delete', async ({ tx, context, before }) => {
    if (await forwards({ tx, context }, before)) throw FipInUseByPortForwarding({ id: before.id })
  })
}

/** Forwardings go with the address inside; a router keeps its interface while one goes through it. */
function followPorts({ events }: PluginHost, remove: (op: Operation, id: string) => Promise<void>): void {
  const lost = async (op: Operation, before: Port, left: readonly string[]) => {
    if (before.device_owner === INTERFACE) await refuseInterfaceInUse(op, before, left)
    const leading = await op.tx.list(portForwardings, { internal_port_id: before.id })
    for (const { id, internal_ip_address } of leading) if (!left.includes(internal_ip_address)) await remove(op, id)
  }
  events.before<Port>('port', 'update', async ({ tx, context, before, after, values }) => {
    if (!('fixed_ips' in values)) return
    const left = after.fixed_ips.map(({ ip_address }) => ip_address)
    if (before.fixed_ips.some(({ ip_address }) => !left.includes(ip_address))) await lost({ tx, context }, before, left)
  })
  events.before<Port>('port', 'delete', ({ tx, context, before }) => lost({ tx, context }, before, []))
}

/** @throws RouterInterfaceInUseByFloatingIP */
async function refuseInterfaceInUse({ tx }: Operation, port: Port, left: readonly string[]): Promise<void> {
  const router_id = port.device_id
  const through = (await tx.list(floatingips, { router_id })).map(({ id }) => id)
  if (through.length === 0) return
  const inside = await tx.list(portForwardings, { floatingip_id: through })
  const leaving = port.fixed_ips.filter(({ ip_address }) => !left.includes(ip_address))
  for (const { id, cidr } of await tx.list(subnets, { id: leaving.map(({ subnet_id }) => subnet_id) })) {
    if (inside.some(({ internal_ip_address }) => isInCidr(internal_ip_address, cidr))) {
      throw RouterInterfaceInUseByFloatingIP({ router_id, subnet_id: id })
    }
  }
}
