/**
 * Extra DHCP options: what a request says is merged into what the port has. What they are is checked in
 * options-sent.ts; the DHCP agent reads them with the port and writes them into dnsmasq's options file.
 * Source: Networking API v2.0, "Extra DHCP options".
 */
import type { Port } from '#core/port/tables.ts'
import { type Draft, definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { mergedOptions, type SentOption } from './options-sent.ts'
import type { DhcpOption } from './tables.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ events }) {
    const merge = (row: Draft<Port>, has: readonly DhcpOption[]) => {
      row.extra_dhcp_opts = mergedOptions(has, (row.extra_dhcp_opts ?? null) as readonly SentOption[] | null)
    }
    events.before<Port>('port', 'create', async ({ rows }) => {
      for (const row of rows) merge(row, [])
    })
    events.before<Port>('port', 'update', async ({ values, before, after }) => {
      if ('extra_dhcp_opts' in values) merge(after, before.extra_dhcp_opts)
    })
  },
})
