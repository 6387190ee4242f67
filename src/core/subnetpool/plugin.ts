/**
 * Subnet pools: prefixes, bounds, the default pool of an IP version. Subnets are cut from them in allocate.ts.
 * Source: Networking API v2.0, "Subnet pools"; deleting a pool with subnets replies 400 `SubnetPoolDeleteError`.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { and, isIn } from '#base/predicate.ts'
import { subnets } from '#core/subnet/tables.ts'
import { keepWhileUsed } from '#plugin/grants.ts'
import { type ActionOperation, definePlugin, type PluginHost, type Updating } from '#plugin/plugin.ts'
import { Refusal } from '#resource/definition.ts'
import { HTTPBadRequest, InvalidInput } from '#resource/errors.ts'
import type { Tx } from '#store/store.ts'
import api, { toPrefixes } from './definition.ts'
import { IllegalSubnetPoolPrefixUpdate, SubnetPoolDeleteError } from './errors.ts'
import { onboard } from './onboard.ts'
import { intersects, subtract } from './prefixes.ts'
import { defaultSubnetpools, type Subnetpool, subnetpools } from './tables.ts'
import { blocksOf, keepPrefixes, settle, textOf } from './values.ts'

const LENGTHS = ['default_prefixlen', 'min_prefixlen', 'max_prefixlen'] as const

export default definePlugin({
  api,
  start(host: PluginHost) {
    host.serve('subnetpool', subnetpools, {
      async beforeCreate({ tx, rows }) {
        for (const row of rows) settle(row)
        for (const row of rows) if (row.is_default) await becomeDefault(tx, row.id, row.ip_version!)
      },
      beforeUpdate: prepareUpdate,
      async beforeDelete({ tx, before }) {
        if (await tx.exists(subnets, { subnetpool_id: before.id })) {
          throw SubnetPoolDeleteError({ reason: 'Subnet pool has existing allocations' })
        }
        await tx.remove(defaultSubnetpools, { subnetpool_id: before.id })
      },
      actions: {
        add_prefixes: (action) => addPrefixes(host, action),
        onboard_network_subnets: (action) => onboard(host, action),
        remove_prefixes: (action) => removePrefixes(host, action),
      },
    })

    keepWhileUsed(host, {
      object: 'subnetpool',
      action: 'access_as_shared',
      used: async (tx, id, projects) => (await tx.count(subnets, and(isIn('subnetpool_id', [id]), projects))) > 0,
      details: ({ target_tenant }) => `project_id=${target_tenant}`,
    })

    // Upstream has the lengths as texts, by tradition.
    host.show<Subnetpool>('subnetpool', LENGTHS, async ({ rows }) => {
      const texts = (row: Subnetpool) => Object.fromEntries(LENGTHS.map((name) => [name, String(row[name])]))
      return new Map(rows.map((row) => [row.id, texts(row)]))
    })
  },
})

async function prepareUpdate({ tx, before, after, values }: Updating<Subnetpool>): Promise<void> {
  if (values.prefixes) keepPrefixes(before.prefixes, after.prefixes)
  settle(after)
  if (after.is_default && !before.is_default) await becomeDefault(tx, after.id, after.ip_version)
  if (!after.is_default) await tx.remove(defaultSubnetpools, { subnetpool_id: after.id })
}

/** @throws InvalidInput when another pool is the default. */
async function becomeDefault(tx: Tx, subnetpool_id: string, ip_version: 4 | 6): Promise<void> {
  if ((await tx.insertMissing(defaultSubnetpools, [{ ip_version, subnetpool_id }])) > 0) return
  throw InvalidInput({
    error_message:
      'A default subnetpool for this IP family has already been set. Only one default may exist per IP family',
  })
}

async function addPrefixes({ resources }: PluginHost, action: ActionOperation<Subnetpool>): Promise<JsonObject> {
  const { tx, context, row } = action
  const prefixes = [...new Set([...row.prefixes, ...prefixesOf(action.body)])]
  const pool = await resources.update({ tx, context }, 'subnetpool', row.id, { prefixes })
  return { prefixes: pool.prefixes! }
}

/** @throws IllegalSubnetPoolPrefixUpdate when a subnet uses one of them. */
async function removePrefixes({ resources }: PluginHost, action: ActionOperation<Subnetpool>): Promise<JsonObject> {
  const { tx, context, row } = action
  const going = blocksOf(prefixesOf(action.body))
  const all = blocksOf(row.prefixes)
  if (!intersects(all, going)) return { prefixes: row.prefixes }
  const used = await tx.list(subnets, { subnetpool_id: row.id })
  if (intersects(blocksOf(used.map(({ cidr }) => cidr)), going)) {
    throw IllegalSubnetPoolPrefixUpdate({ msg: 'One or more the prefixes to be removed is in use by a subnet.' })
  }
  const sameVersion = going.filter(({ version }) => version === row.ip_version)
  const prefixes = textOf(subtract(all, sameVersion))
  await tx.update(subnetpools, { id: row.id }, { prefixes })
  await resources.touch({ tx, context }, 'subnetpool', [row.id])
  return { prefixes }
}

/** @throws HTTPBadRequest */
function prefixesOf({ prefixes }: JsonObject): string[] {
  if (!Array.isArray(prefixes) || prefixes.length === 0) {
    throw HTTPBadRequest({ message: 'Request body contains invalid data' })
  }
  try {
    return toPrefixes(prefixes as Json) as string[]
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw HTTPBadRequest({ message: `Invalid input for prefixes. Reason: ${error.message}.` })
  }
}
