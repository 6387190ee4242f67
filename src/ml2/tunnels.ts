/**
 * Tunnel endpoints: where each host ends its tunnels of a type. An agent tells its own and gets all of that type; the
 * others hear of it only when something has changed.
 * Source: reference of agents and RPC, §4, `tunnel_sync`; §4, server → L2 agents.
 */
import { uuid5Dns } from '#base/ids.ts'
import { parseIp } from '#base/ip.ts'
import type { JsonObject } from '#base/json.ts'
import type { Cast, PluginHost } from '#plugin/plugin.ts'
import { InvalidInput } from '#resource/errors.ts'
import { type l2Plugin, tunnelDelete, tunnelUpdate } from '#rpc/contract/l2.ts'
import type { ResultOf } from '#rpc/rpc.ts'
import { type Tx, table } from '#store/store.ts'

/** The resource under which the change log tells of endpoints. */
const ENDPOINT = 'tunnel_endpoint'
const TYPES: readonly string[] = ['vxlan', 'gre', 'geneve']
const UDP_PORTS: { readonly [type: string]: number } = { vxlan: 4789, geneve: 6081 }

interface TunnelEndpoint {
  tunnel_type: string
  ip_address: string
  host: string
  udp_port: number | null
}

export const tunnelEndpoints = table<TunnelEndpoint>('tunnel_endpoints', {
  tunnel_type: 'text',
  ip_address: 'text',
  host: 'text',
  udp_port: 'integer',
})

type Tunnels = ResultOf<(typeof l2Plugin.methods)['tunnel_sync']>

/** @throws InvalidInput when the address or the type is missing or unknown. */
export async function syncTunnel(tx: Tx, args: JsonObject): Promise<Tunnels> {
  const { ip_address, tunnel_type, host } = checked(args)
  const same = await tx.list(tunnelEndpoints, { tunnel_type })
  const known = same.find((row) => row.ip_address === ip_address)
  const moved = same.filter((row) => row.host === host && row.ip_address !== ip_address)
  const made = { tunnel_type, ip_address, host, udp_port: UDP_PORTS[tunnel_type] ?? null }
  if (moved.length > 0) {
    await tx.remove(tunnelEndpoints, { tunnel_type, host, ip_address: moved.map((row) => row.ip_address) })
    await logEndpoints(tx, 'delete', moved)
  }
  if (!known) {
    await tx.insertMissing(tunnelEndpoints, [made])
    await logEndpoints(tx, 'update', [made])
  } else if (known.host !== host) {
    await tx.update(tunnelEndpoints, { tunnel_type, ip_address }, { host })
    await logEndpoints(tx, 'update', [made])
  }
  const all = [...same.filter((row) => row !== known && !moved.includes(row)), made]
  return { tunnels: all.map(({ ip_address: ip, host: at, udp_port }) => ({ ip_address: ip, host: at, udp_port })) }
}

function checked({ tunnel_ip, tunnel_type, host }: JsonObject): Omit<TunnelEndpoint, 'udp_port'> {
  if (typeof tunnel_ip !== 'string' || parseIp(tunnel_ip) === null) {
    throw InvalidInput({ error_message: 'Tunnel IP value needed by the ML2 plugin' })
  }
  if (typeof tunnel_type !== 'string' || tunnel_type === '') {
    throw InvalidInput({ error_message: 'Network type value needed by the ML2 plugin' })
  }
  if (!TYPES.includes(tunnel_type)) {
    const where = `host: ${String(host)} with tunnel IP: ${tunnel_ip}`
    throw InvalidInput({ error_message: `Network type value ${tunnel_type} not supported, ${where}` })
  }
  return { ip_address: tunnel_ip, tunnel_type, host: String(host ?? '') }
}

async function logEndpoints(tx: Tx, kind: 'update' | 'delete', rows: readonly TunnelEndpoint[]): Promise<void> {
  await tx.log(
    rows.map(({ tunnel_type, ip_address: tunnel_ip }) => ({
      resource: ENDPOINT,
      id: uuid5Dns(`${tunnel_type}/${tunnel_ip}`),
      kind,
      project_id: null,
      revision_number: 0,
      detail: { tunnel_ip, tunnel_type },
    })),
  )
}

export function announceTunnels({ announce }: PluginHost): void {
  announce(ENDPOINT, async ({ changes }) =>
    changes.map(({ kind, detail }): Cast => {
      const { topic, version } = kind === 'delete' ? tunnelDelete : tunnelUpdate
      return { topic, version, method: kind === 'delete' ? 'tunnel_delete' : 'tunnel_update', args: detail ?? {} }
    }),
  )
}
