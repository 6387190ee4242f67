/**
 * What a network shows of how it is carried: `segments` when there are several ways, the provider attributes otherwise,
 * never both. What stands in them, ml2 decides. Source: Networking API v2.0, "Multiple provider".
 */
import type { JsonObject } from '#base/json.ts'
import type { Network } from '#core/network/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

const PROVIDER = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id']
/** An attribute that is undefined is not shown. */
const HIDES_SEGMENTS = { segments: undefined } as unknown as JsonObject
const HIDES_PROVIDER = Object.fromEntries(PROVIDER.map((name) => [name, undefined])) as unknown as JsonObject

export default definePlugin({
  api,
  start({ show }) {
    show<Network>('network', ['segments', ...PROVIDER], async ({ rows }) => {
      return new Map(rows.map(({ id, segments }) => [id, segments ? HIDES_PROVIDER : HIDES_SEGMENTS]))
    })
  },
})
