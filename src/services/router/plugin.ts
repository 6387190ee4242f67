/**
 * Routers and floating IPs: the API's rules, the ports that go with them, and which L3 agent hosts what. Agents are told
 * by announcements.ts and read by rpc.ts.
 * Source: Networking API v2.0, "Routers", "Floating IPs".
 */

import type { Json, JsonObject } from '#base/json.ts'
import { isJsonObject } from '#base/json.ts'
import { common } from '#config/common.ts'
import type { HostRoute } from '#core/subnet/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { type ActionOperation, definePlugin, type Operation, type PluginHost, type Updating } from '#plugin/plugin.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { compileType } from '#resource/types.ts'
import { l3Plugin } from '#rpc/contract/l3.ts'
import { agentRoutes } from './agent-routes.ts'
import { announceRouters } from './announcements.ts'
import { showZones } from './availability-zones.ts'
import api from './definition.ts'
import { refuseHalfAName } from './dns-names.ts'
import { RouterInUse, RoutesExhausted } from './errors.ts'
import { moveStranded } from './failover.ts'
import { portDetails, prepareFloatingIps, removeFloatingPort, updateFloatingIp } from './floating-ips.ts'
import { changeGateway, gatewayPorts, removeGateway, type WantedGateway } from './gateway.ts'
import { gatewayActions, showGateways } from './gateways.ts'
import { guard } from './guards.ts'
import { addRouterInterface, removeRouterInterface } from './interfaces.ts'
import { INTERFACE, portsOfRouter } from './lookups.ts'
import { routerOptions } from './options.ts'
import { poolRoutes } from './pools.ts'
import { checkRoutes, withoutRoutes, withRoutes } from './routes.ts'
import { l3Methods } from './rpc.ts'
import { ensureScheduled, type Scheduling, strategyOf } from './scheduler.ts'
import { type FloatingIp, floatingips, type Router, routerPorts, routers } from './tables.ts'

export default definePlugin({
  api,
  start(host: PluginHost) {
    const options = host.config.of(routerOptions)
    const downTimeMs = host.config.of(common).agent_down_time * 1_000
    const scheduling: Scheduling = {
      now: () => host.clock.now(),
      downTimeMs,
      strategy: strategyOf(options.router_scheduler_driver),
      defaultZones: host.config.of(common).default_availability_zones,
    }
    serveRouters(host, { ...options, scheduling })
    serveFloatingIps(host)
    showGateways(host)
    guard(host)
    showZones(host, scheduling.defaultZones)
    announceRouters(host)
    poolRoutes(host)
    agentRoutes(host)
    host.answer(
      l3Plugin.topic,
      l3Plugin.version,
      l3Methods(host, { ...scheduling, autoSchedule: options.router_auto_schedule }),
    )
    if (options.allow_automatic_l3agent_failover) {
      host.periodic('routers of dead L3 agents', downTimeMs / 2, () => moveStranded(host, scheduling))
    }
  },
})

interface RouterSettings {
  readonly enable_snat_by_default: boolean
  readonly max_routes: number
  readonly scheduling: Scheduling
}

function serveRouters(host: PluginHost, settings: RouterSettings): void {
  const { resources } = host
  const { enable_snat_by_default: snatByDefault, scheduling } = settings
  /** The router's gateway as wanted; it is scheduled first, so that its port is bound at once. */
  const gateway = async (op: Operation, router: Router, wanted: WantedGateway | null) => {
    const at = wanted ? await ensureScheduled(op.tx, router, scheduling) : null
    return changeGateway(op, resources, router, wanted, { snatByDefault, host: at })
  }
  // What was asked for at create, kept until the row is there for ports to refer to.
  const asked = new WeakMap<object, Map<string, WantedGateway>>()

  host.serve<Router>('router', routers, {
    async beforeCreate({ tx, rows }) {
      const wanted = new Map<string, WantedGateway>()
      asked.set(tx, wanted)
      for (const row of rows) {
        if (row.external_gateway_info) wanted.set(row.id, row.external_gateway_info)
        Object.assign(row, { status: 'ACTIVE', routes: [], gw_port_id: null, external_gateway_info: null })
        row.extra_gateways = []
        row.enable_snat = snatByDefault
      }
    },
    async afterCreate({ tx, context, rows }) {
      for (const row of rows) {
        const wanted = asked.get(tx)?.get(row.id)
        if (wanted) await tx.update(routers, { id: row.id }, await gateway({ tx, context }, row, wanted))
      }
    },
    async beforeUpdate(updating) {
      const { tx, context, after, values } = updating
      if ('routes' in values) await checkNewRoutes(updating, settings.max_routes)
      if ('external_gateway_info' in values) {
        const wanted = values.external_gateway_info as WantedGateway | null
        Object.assign(
          after,
          await gateway({ tx, context }, { ...after, gw_port_id: updating.before.gw_port_id }, wanted),
        )
      }
    },
    async beforeDelete({ tx, context, before }) {
      const attached = await tx.list(routerPorts, { router_id: before.id, port_type: INTERFACE })
      if (attached.length > 0) {
        const reason = `has ports still attached: ${attached.map(({ port_id }) => port_id).join(', ')}`
        throw RouterInUse({ router_id: before.id, reason })
      }
      for (const port of await gatewayPorts(tx, before.id)) {
        await removeGateway({ tx, context }, resources, before.id, port)
      }
    },
    actions: {
      add_router_interface: async (op) =>
        addRouterInterface(op, resources, await ensureScheduled(op.tx, op.row, scheduling)),
      remove_router_interface: (op) => removeRouterInterface(op, resources),
      add_extraroutes: (op) => changeRoutes(host, op, withRoutes),
      remove_extraroutes: (op) => changeRoutes(host, op, withoutRoutes),
      ...gatewayActions(host, settings),
    },
  })
}

/** @throws RoutesExhausted, InvalidRoutes */
async function checkNewRoutes({ tx, after }: Updating<Router>, maximum: number): Promise<void> {
  const { routes } = after
  const attached = (await portsOfRouter(tx, after.id)).flatMap(({ fixed_ips }) => fixed_ips)
  const known = await tx.list(subnets, { id: [...new Set(attached.map(({ subnet_id }) => subnet_id))] })
  checkRoutes(routes, {
    cidrs: known.map(({ cidr }) => cidr),
    addresses: attached.map(({ ip_address }) => ip_address),
  })
  if (routes.length > maximum) throw RoutesExhausted({ router_id: after.id, quota: maximum })
}

const toRoutes = compileType(api.resources![0]!.attributes.routes!.type)

/** Judged as the attribute would be. @throws HTTPBadRequest */
function routesOf(sent: Json): readonly HostRoute[] {
  try {
    return toRoutes(sent) as unknown as readonly HostRoute[]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw HTTPBadRequest({ message: `Invalid input for routes. Reason: ${error.message}.` })
  }
}

async function changeRoutes(
  { resources }: PluginHost,
  op: ActionOperation<Router>,
  combine: (present: readonly HostRoute[], sent: readonly HostRoute[]) => HostRoute[],
): Promise<JsonObject> {
  const sent = isJsonObject(op.body.router) ? op.body.router.routes : undefined
  if (sent === undefined) throw HTTPBadRequest({ message: "Unable to find 'routes' in request body" })
  const routes = combine(op.row.routes, routesOf(sent))
  const row = await resources.update(op, 'router', op.row.id, { routes: routes as unknown as JsonObject[] })
  const { extra_gateways: _kept, ...router } = row
  return { router: { ...router, tenant_id: router.project_id ?? null } }
}

function serveFloatingIps(host: PluginHost): void {
  const { resources } = host
  host.serve<FloatingIp>('floatingip', floatingips, {
    beforeCreate: (creating) => prepareFloatingIps(creating, resources),
    beforeUpdate: updateFloatingIp,
    afterDelete: ({ tx, context, before }) => removeFloatingPort({ tx, context }, resources, before),
  })
  host.events.before<FloatingIp>('floatingip', 'create', async ({ rows }) => {
    for (const row of rows) refuseHalfAName(row)
  })
  host.show<FloatingIp>('floatingip', ['port_details'], portDetails)
}
