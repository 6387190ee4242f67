/**
 * A project's network, made when it is first asked for: a subnet of each default pool, and a router to the default
 * external network. All of it or nothing, in one transaction; of many who ask at once, the topology's key lets one make
 * it and the others have it.
 * Source: Networking API v2.0, "Auto allocated topologies"; names, refusals and their order are upstream's.
 */
import { WireError } from '#base/errors.ts'
import type { JsonObject } from '#base/json.ts'
import { subnets } from '#core/subnet/tables.ts'
import { type Subnetpool, subnetpools } from '#core/subnetpool/tables.ts'
import { mayUse } from '#plugin/grants.ts'
import type { Operation, Resources } from '#plugin/plugin.ts'
import { defaultNetwork } from './default-network.ts'
import { AutoAllocationFailure } from './errors.ts'
import { topologies } from './tables.ts'

/** The default pools the caller may use, IPv4's first. */
async function defaultPools({ tx, context }: Operation): Promise<Subnetpool[]> {
  const found: Subnetpool[] = []
  for (const pool of await tx.list(subnetpools, { is_default: true })) {
    if (await mayUse(tx, context, ['access_as_shared'], pool)) found.push(pool)
  }
  return found.sort((a, b) => a.ip_version - b.ip_version)
}

async function gatewayNetwork({ tx }: Operation): Promise<string> {
  const id = await defaultNetwork(tx)
  if (id === null) throw AutoAllocationFailure({ reason: 'No default router:external network' })
  return id
}

/** Whether a topology could be made. @throws AutoAllocationFailure */
export async function checkRequirements(op: Operation): Promise<void> {
  await gatewayNetwork(op)
  if ((await defaultPools(op)).length === 0) {
    throw AutoAllocationFailure({ reason: 'No default subnetpools defined' })
  }
}

/** The network of the project's topology; null when there is none, or it is being made. */
export async function findTopology({ tx }: Operation, project_id: string): Promise<string | null> {
  return (await tx.find(topologies, { project_id }))?.network_id ?? null
}

/** Makes the topology; null when somebody else has just made it. @throws AutoAllocationFailure */
export async function makeTopology(op: Operation, resources: Resources, project_id: string): Promise<string | null> {
  const outside = await gatewayNetwork(op)
  const mine = await op.tx.insertMissing(topologies, [{ project_id, network_id: null, router_id: null }])
  if (mine === 0) return null
  const { network_id, subnetIds } = await orRefuse(
    (error) => error.status === 400 || error.status === 404 || error.type === 'SubnetAllocationError',
    'Unable to provide tenant private network',
    () => makeNetwork(op, resources, project_id),
  )
  const router_id = await orRefuse(
    (error) => error.status === 400,
    'Unable to provide external connectivity',
    () => makeRouter(op, resources, project_id, { outside, subnetIds }),
  )
  await op.tx.update(topologies, { project_id }, { network_id, router_id })
  return network_id
}

async function makeNetwork(op: Operation, resources: Resources, project_id: string) {
  const pools = await defaultPools(op)
  if (pools.length === 0) throw AutoAllocationFailure({ reason: 'Unable to provide tenant private network' })
  const [network] = await resources.create(op, 'network', [{ name: 'auto_allocated_network', project_id }])
  const network_id = network!.id as string
  const subnetIds: string[] = []
  for (const { id: subnetpool_id, ip_version } of pools) {
    const name = `auto_allocated_subnet_v${ip_version}`
    const [subnet] = await resources.create(op, 'subnet', [{ name, network_id, project_id, ip_version, subnetpool_id }])
    subnetIds.push(subnet!.id as string)
  }
  return { network_id, subnetIds }
}

async function makeRouter(
  op: Operation,
  resources: Resources,
  project_id: string,
  { outside, subnetIds }: { readonly outside: string; readonly subnetIds: readonly string[] },
): Promise<string> {
  const gateway: JsonObject = { network_id: outside }
  const wanted = { name: 'auto_allocated_router', project_id, external_gateway_info: gateway }
  const [router] = await resources.create(op, 'router', [wanted])
  const id = router!.id as string
  for (const subnet_id of subnetIds) await resources.act(op, 'router', id, 'add_router_interface', { subnet_id })
  return id
}

/** A refusal of that kind is the deployment's fault, and told as such. @throws AutoAllocationFailure */
async function orRefuse<T>(is: (error: WireError) => boolean, reason: string, make: () => Promise<T>): Promise<T> {
  return make().catch((error: unknown) => {
    if (error instanceof WireError && is(error))
      throw Object.assign(AutoAllocationFailure({ reason }), { cause: error })
    throw error
  })
}

/** Takes the project's topology away, if it has one; what somebody has removed by hand is not missed. */
export async function removeTopology(op: Operation, resources: Resources, project_id: string): Promise<void> {
  const topology = await op.tx.find(topologies, { project_id })
  if (topology === null) return
  const { network_id, router_id } = topology
  const routers = resources.table('router')
  if (router_id !== null && (await op.tx.exists(routers, { id: router_id }))) {
    for (const subnet_id of await attached(op, resources, { network_id, router_id })) {
      await resources.act(op, 'router', router_id, 'remove_router_interface', { subnet_id })
    }
    await resources.remove(op, 'router', router_id)
  }
  await op.tx.remove(topologies, { project_id })
  if (network_id !== null) await resources.remove(op, 'network', network_id)
}

/** The network's subnets that the router is still in. */
async function attached(
  op: Operation,
  resources: Resources,
  { network_id, router_id }: { readonly network_id: string | null; readonly router_id: string },
): Promise<string[]> {
  if (network_id === null) return []
  const where = { op: 'in', column: 'device_id', values: [router_id] } as const
  const ports = await resources.list(op, 'port', { where, fields: ['fixed_ips'] })
  const on = new Set(ports.flatMap(({ fixed_ips }) => (fixed_ips as JsonObject[]).map(({ subnet_id }) => subnet_id)))
  return (await op.tx.list(subnets, { network_id })).map(({ id }) => id).filter((id) => on.has(id))
}
