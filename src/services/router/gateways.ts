/**
 * Several gateways of one router: actions that add, replace and remove them, and the list that is shown. The first is
 * that of `external_gateway_info`; the others stand in the router's row in their order. The row is locked by whoever
 * calls. Source: Networking API v2.0, `external-gateway-multihoming`; the refusals are upstream's.
 */

import type { Json, JsonObject } from '#base/json.ts'
import { isJsonObject } from '#base/json.ts'
import { isIn } from '#base/predicate.ts'
import { type Port, ports } from '#core/port/tables.ts'
import type { ActionOperation, Operation, PluginHost, Resources } from '#plugin/plugin.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import { compileType } from '#resource/types.ts'
import api from './definition.ts'
import { UnableToMatchGateways, UnableToRemoveGateways } from './errors.ts'
import {
  checkNetwork,
  columns,
  createGateway,
  gatewayInfo,
  gatewayPorts,
  readdress,
  removeGateway,
  type WantedGateway,
} from './gateway.ts'
import { findMatch, pair } from './gateway-matching.ts'
import { GATEWAY, portsOfRouter } from './lookups.ts'
import { badRouter } from './overlaps.ts'
import { ensureScheduled, type Scheduling } from './scheduler.ts'
import { type Router, routers } from './tables.ts'

/** Of one router: each takes an address outside and a device on the agent's host. */
const GATEWAYS_MAX = 32

interface Settings {
  readonly enable_snat_by_default: boolean
  readonly scheduling: Scheduling
}

interface Gateway {
  readonly port: Port
  readonly enable_snat: boolean
}

/** What the router has and is asked for, and how to change it. */
interface Change {
  readonly op: ActionOperation<Router>
  readonly resources: Resources
  readonly present: readonly Gateway[]
  readonly wanted: readonly WantedGateway[]
  readonly snatByDefault: boolean
  /** Where the router is hosted. */
  readonly host: string | null
}

export function gatewayActions({ resources }: Pick<PluginHost, 'resources'>, settings: Settings) {
  const { scheduling, enable_snat_by_default: snatByDefault } = settings
  const action =
    (change: (change: Change) => Promise<readonly Gateway[]>) =>
    async (op: ActionOperation<Router>): Promise<JsonObject> => {
      const wanted = gatewaysIn(op.body)
      const present = await gatewaysOf(op, op.row)
      const host = wanted.length > 0 ? await ensureScheduled(op.tx, op.row, scheduling) : null
      const attached = await portsOfRouter(op.tx, op.row.id)
      for (const { network_id, external_fixed_ips = [] } of wanted) {
        await checkNetwork(op, network_id, external_fixed_ips, op.row, attached)
      }
      const [first, ...rest] = await change({ op, resources, present, wanted, snatByDefault, host })
      await op.tx.update(
        routers,
        { id: op.row.id },
        {
          ...(first
            ? columns(first.port, first.enable_snat)
            : { gw_port_id: null, enable_snat: snatByDefault, external_gateway_info: null }),
          extra_gateways: rest.map(({ port, enable_snat }) => ({ port_id: port.id, enable_snat })),
        },
      )
      await resources.touch(op, 'router', [op.row.id])
      const router = await resources.get(op, 'router', op.row.id)
      return { router: { ...router, tenant_id: router.project_id ?? null } }
    }
  return {
    add_external_gateways: action(add),
    update_external_gateways: action(replace),
    remove_external_gateways: action(remove),
  }
}

async function add({ wanted, present, ...change }: Change): Promise<readonly Gateway[]> {
  if (present.length + wanted.length > GATEWAYS_MAX) throw badRouter(`A router has at most ${GATEWAYS_MAX} gateways`)
  const all = [...present]
  for (const item of wanted) all.push(await make(change, item))
  return all
}

async function make(
  { op, resources, snatByDefault, host }: Omit<Change, 'wanted' | 'present'>,
  wanted: WantedGateway,
): Promise<Gateway> {
  const port = await createGateway(op, resources, op.row.id, wanted, host)
  return { port, enable_snat: wanted.enable_snat ?? snatByDefault }
}

/** @throws UnableToMatchGateways, RouterExternalGatewayInUseByFloatingIp */
async function replace({ wanted, present, ...change }: Change): Promise<readonly Gateway[]> {
  if (wanted.length > GATEWAYS_MAX) throw badRouter(`A router has at most ${GATEWAYS_MAX} gateways`)
  const { op, resources, snatByDefault } = change
  const paired = pair(
    present.map(({ port }) => port),
    wanted,
    () => UnableToMatchGateways({ router_id: op.row.id }),
  )
  for (const { port } of present) {
    if (!paired.includes(port)) await removeGateway(op, resources, op.row.id, port)
  }
  const all: Gateway[] = []
  for (const [index, item] of wanted.entries()) {
    const port = paired[index]
    if (!port) all.push(await make(change, item))
    else {
      const readdressed = await readdress(op, resources, port, item.external_fixed_ips ?? [])
      all.push({ port: readdressed, enable_snat: item.enable_snat ?? snatByDefault })
    }
  }
  return all
}

/** @throws UnableToRemoveGateways, UnableToMatchGateways, RouterExternalGatewayInUseByFloatingIp */
async function remove({ op, resources, wanted, present }: Change): Promise<readonly Gateway[]> {
  if (wanted.length === 0) return present
  const router_id = op.row.id
  if (present.length === 0) throw UnableToRemoveGateways({ router_id })
  const known = present.map(({ port }) => port)
  const refuse = () => UnableToMatchGateways({ router_id })
  const gone = new Set<Port>()
  for (const item of wanted) {
    const port = findMatch(known, item, refuse)
    if (!port) throw refuse()
    gone.add(port)
  }
  for (const port of gone) await removeGateway(op, resources, router_id, port)
  return present.filter(({ port }) => !gone.has(port))
}

async function gatewaysOf({ tx }: Operation, router: Router): Promise<Gateway[]> {
  const byId = new Map((await gatewayPorts(tx, router.id)).map((port) => [port.id, port]))
  const first = router.gw_port_id === null ? [] : [{ port_id: router.gw_port_id, enable_snat: router.enable_snat }]
  return [...first, ...router.extra_gateways].flatMap(({ port_id, enable_snat }) => {
    const port = byId.get(port_id)
    return port ? [{ port, enable_snat }] : []
  })
}

const toGateways = compileType(api.resources![0]!.attributes.external_gateways!.type)

/** @throws HTTPBadRequest */
function gatewaysIn({ router }: JsonObject): readonly WantedGateway[] {
  const sent: Json | undefined = isJsonObject(router) ? router.external_gateways : undefined
  if (sent === undefined) throw HTTPBadRequest({ message: "Unable to find 'external_gateways' in request body" })
  try {
    return toGateways(sent) as unknown as readonly WantedGateway[]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw HTTPBadRequest({ message: `Invalid input for external_gateways. Reason: ${error.message}.` })
  }
}

/** `external_gateways` for a page of routers: one statement, none where no router has a second one. */
export function showGateways({ show }: Pick<PluginHost, 'show'>): void {
  show<Router>('router', ['external_gateways'], async ({ tx, rows }) => {
    const ids = rows.flatMap(({ extra_gateways }) => extra_gateways.map(({ port_id }) => port_id))
    const known = ids.length === 0 ? [] : await tx.select(ports, { where: isIn('id', ids) })
    const byId = new Map(known.filter((port) => port.device_owner === GATEWAY).map((port) => [port.id, port]))
    return new Map(
      rows.map(({ id, external_gateway_info: first, extra_gateways }) => {
        const others = extra_gateways.flatMap(({ port_id, enable_snat }) => {
          const port = byId.get(port_id)
          return port ? [gatewayInfo(port, enable_snat)] : []
        })
        return [id, { external_gateways: (first ? [first, ...others] : others) as unknown as Json }]
      }),
    )
  })
}
