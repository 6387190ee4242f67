/**
 * `binding`: the limit on a profile's size. What a binding is, ml2 decides. Source: upstream's text for a large
 * profile.
 */
import type { Port } from '#core/port/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api, { refuseLargeProfile } from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    events.before<Port>('port', 'create', async ({ rows }) => {
      for (const row of rows) {
        row['binding:profile'] ??= {}
        row['binding:host_id'] ??= ''
        row['binding:vnic_type'] ??= 'normal'
        row['binding:vif_type'] ??= 'unbound'
        row['binding:vif_details'] ??= {}
        refuseLargeProfile(row['binding:profile'])
      }
    })
    events.before<Port>('port', 'update', async ({ after, values }) => {
      if ('binding:profile' in values) refuseLargeProfile(after['binding:profile'])
    })
  },
})
