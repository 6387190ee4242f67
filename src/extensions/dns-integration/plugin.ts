/**
 * Names of ports: kept where the configured domain lets ports have names, and by which names their addresses are looked
 * up. The DHCP agents' dnsmasq answers those names. Nothing is published to another DNS service.
 * Source: Networking API v2.0, "DNS integration"; option `dns_domain`: with its default names are taken and not kept.
 */
import type { JsonObject } from '#base/json.ts'
import { common } from '#config/common.ts'
import type { Port } from '#core/port/tables.ts'
import { type Draft, definePlugin } from '#plugin/plugin.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import api from './definition.ts'
import { assignmentsOf, mayBeNamed, misfitOf } from './names.ts'
import './tables.ts'

export default definePlugin({
  api,
  start({ config, events, show }) {
    const { dns_domain: configured } = config.of(common)

    function keep(row: Draft<Port>, has: Pick<Port, 'dns_name' | 'dns_domain'>): void {
      if (!mayBeNamed(configured)) Object.assign(row, { dns_name: has.dns_name, dns_domain: has.dns_domain })
      const misfit = row.dns_name === has.dns_name ? null : misfitOf(row.dns_name ?? '', configured)
      if (misfit !== null) throw HTTPBadRequest({ message: `Invalid input for dns_name. Reason: ${misfit}.` })
    }

    events.before<Port>('port', 'create', async ({ rows }) => {
      for (const row of rows) keep(row, { dns_name: '', dns_domain: '' })
    })
    events.before<Port>('port', 'update', async ({ values, before, after }) => {
      if ('dns_name' in values || 'dns_domain' in values) keep(after, before)
    })
    show<Port>('port', ['dns_assignment'], async ({ rows }) => {
      const named = rows.map(({ id, dns_name, fixed_ips }): [string, JsonObject] => {
        const dns_assignment = assignmentsOf(dns_name, fixed_ips, configured)
        return [id, { dns_assignment } as unknown as JsonObject]
      })
      return new Map(named)
    })
  },
})
