/**
 * The service plugin `segments`: the ways networks are carried as objects, and routed networks, whose subnets belong to
 * one of them each. Source: Networking API v2.0, "Segments"; upstream's part for Nova and placement is left out.
 */
import { and, equals, isIn, not } from '#base/predicate.ts'
import type { Network } from '#core/network/tables.ts'
import { subnets } from '#core/subnet/tables.ts'
import { typesOf } from '#ml2/plugin.ts'
import { networkSegments } from '#ml2/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import type { Tx } from '#store/store.ts'
import api from './definition.ts'
import { segmentHooks } from './segments.ts'
import { watchSubnets } from './subnets.ts'
import './tables.ts'

export default definePlugin({
  api,
  start(host) {
    host.serve('segment', networkSegments, segmentHooks(host.resources, typesOf(host)))
    watchSubnets(host)
    host.show<Network>('network', ['l2_adjacency'], async ({ tx, rows }) => {
      const routed = await routedAmong(
        tx,
        rows.map(({ id }) => id),
      )
      return new Map(rows.map(({ id }) => [id, { l2_adjacency: !routed.has(id) }]))
    })
  },
})

/** Those of the networks with a subnet on a segment. */
async function routedAmong(tx: Tx, networkIds: readonly string[]): Promise<Set<string>> {
  const where = and(isIn('network_id', networkIds), not(equals('segment_id', null)))
  return new Set((await tx.select(subnets, { where, columns: ['network_id'] })).map(({ network_id }) => network_id))
}
