/**
 * The service plugin `network_segment_range`: ranges of ids as objects. Ids are given by ml2, from these ranges alone as
 * soon as this is loaded. Source: Networking API v2.0, "Network Segment Ranges".
 */
import { typesOf } from '#ml2/plugin.ts'
import { type NetworkSegmentRange, networkSegmentRanges } from '#ml2/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import { defaultRanges, syncDefaults } from './defaults.ts'
import api from './definition.ts'
import { rangeHooks } from './ranges.ts'
import { usageOf } from './usage.ts'

export default definePlugin({
  api,
  async start(host) {
    const types = typesOf(host)
    await syncDefaults(host.store, defaultRanges(types.drivers.values(), host.clock))
    host.serve('network_segment_range', networkSegmentRanges, rangeHooks(types))
    host.show<NetworkSegmentRange>('network_segment_range', ['used', 'available'], ({ tx, rows }) => usageOf(tx, rows))
  },
})
