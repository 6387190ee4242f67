/**
 * Subnets that were there before the pool, taken into it: the pool gets their prefixes, they get the pool. All of a
 * network's subnets of the pool's IP version come along, also those of another pool, so the network stays in one.
 * Source: Networking API v2.0, "Onboard subnets into a subnet pool"; refusals and their order are upstream's.
 */
import { parseCidr } from '#base/ip.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { NetworkNotFound } from '#core/network/errors.ts'
import { networks } from '#core/network/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { NotAuthorized } from '#plugin/errors.ts'
import { mayUse } from '#plugin/grants.ts'
import type { ActionOperation, PluginHost } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { IllegalSubnetPoolUpdate } from './errors.ts'
import { intersects } from './prefixes.ts'
import type { Subnetpool } from './tables.ts'
import { blocksOf } from './values.ts'

/** Entries by which a project knows of another's network. */
const KNOWN = ['access_as_shared', 'access_as_external'] as const

/** @throws InvalidInput, NetworkNotFound, NotAuthorized, IllegalSubnetPoolUpdate, and what the pool's update throws. */
export async function onboard({ resources }: PluginHost, action: ActionOperation<Subnetpool>): Promise<JsonObject> {
  const { tx, context, row: pool } = action
  const network_id = await ownNetwork(action)
  // Whoever makes a subnet here waits, or is waited for.
  await resources.touch({ tx, context }, 'network', [network_id])
  const coming = await tx.list(subnets, { network_id, ip_version: pool.ip_version })
  const taken = blocksOf((await tx.list(subnets, { subnetpool_id: pool.id })).map(({ cidr }) => cidr))
  for (const { id, cidr } of coming) {
    if (intersects([parseCidr(cidr)!], taken)) {
      const reason = `Onboarding subnet ${id}: ${cidr} conflicts with allocated prefixes in subnet pool ${pool.id}`
      throw IllegalSubnetPoolUpdate({ reason })
    }
  }
  const prefixes = [...new Set([...pool.prefixes, ...coming.map(({ cidr }) => cidr)])]
  await resources.update({ tx, context }, 'subnetpool', pool.id, { prefixes })
  for (const { id } of coming) await resources.update({ tx, context }, 'subnet', id, { subnetpool_id: pool.id })
  const answer: Json = coming.map(({ id, cidr }) => ({ id, cidr }))
  return answer as unknown as JsonObject
}

async function ownNetwork({ tx, context, body }: ActionOperation<Subnetpool>): Promise<string> {
  const { network_id: net_id } = body
  if (net_id === undefined || net_id === null) throw InvalidInput({ error_message: 'network_id must be specified.' })
  const network = typeof net_id === 'string' ? await tx.find(networks, { id: net_id }) : null
  if (network === null || !(await mayUse(tx, context, KNOWN, network))) throw NetworkNotFound({ net_id })
  if (!context.isAdmin && network.project_id !== context.projectId) throw NotAuthorized()
  return network.id
}
