/**
 * MTUs and subnets: a network's MTU is never below what the IP versions on it need. The largest MTU is ml2's to say.
 * Source: RFC 791 (68 bytes), RFC 8200 §5 (1280 bytes); such a change replies 409 `NetworkMTUSubnetConflict`.
 */
import { type Network, networks } from '#core/network/tables.ts'
import { type Subnet, subnets } from '#core/subnet/tables.ts'
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { NetworkMTUSubnetConflict } from './errors.ts'
import './tables.ts'

const IPV4_MIN = 68
const IPV6_MIN = 1280

export default definePlugin({
  api,
  start({ events }) {
    events.before<Network>('network', 'update', async ({ tx, before, after, values }) => {
      if (!('mtu' in values) || after.mtu === 0 || after.mtu >= IPV6_MIN) return
      const versions = (await tx.list(subnets, { network_id: before.id })).map(({ ip_version }) => ip_version)
      if (versions.length > 0) refuseTooSmall(before.id, after.mtu, versions)
    })

    events.before<Subnet>('subnet', 'create', async ({ tx, rows }) => {
      const parents = await tx.list(networks, { id: [...new Set(rows.map(({ network_id }) => network_id!))] })
      const mtus = new Map(parents.map(({ id, mtu }) => [id, mtu]))
      for (const { network_id, ip_version } of rows) {
        const mtu = mtus.get(network_id!)
        if (mtu) refuseTooSmall(network_id!, mtu, [ip_version!])
      }
    })
  },
})

function refuseTooSmall(net_id: string, mtu: number, versions: readonly (4 | 6)[]): void {
  if (mtu < IPV4_MIN) throw NetworkMTUSubnetConflict({ net_id, mtu: IPV4_MIN })
  if (mtu < IPV6_MIN && versions.includes(6)) throw NetworkMTUSubnetConflict({ net_id, mtu: IPV6_MIN })
}
