/**
 * The profile of accelerators of a port: kept for Nova; an empty name is none.
 * Source: Networking API v2.0, "Port device profile".
 */
import type { Port } from '#core/port/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    events.before<Port>('port', 'create', async ({ rows }) => {
      for (const row of rows) row.device_profile ||= null
    })
  },
})
