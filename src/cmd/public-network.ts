/** The external network a fresh host begins with: flat, on the external bridge, with the host as its gateway. */
import { ADMIN_CLOUD } from '#identity/clouds-yaml.ts'
import { openClient } from '#lab/api-client.ts'
import { EXTERNAL_PHYSICAL_NETWORK } from './one-host.ts'

export const PUBLIC = { name: 'public', cidr: '172.24.4.0/24', gateway: '172.24.4.1', length: 24 } as const

/** Makes it if no network of that name is there. */
export async function ensurePublicNetwork(cloudsFile: string): Promise<void> {
  const client = await openClient(cloudsFile, ADMIN_CLOUD)
  if ((await client.list('networks', { name: PUBLIC.name, fields: 'id' })).length > 0) return
  const network = await client.create('networks', {
    name: PUBLIC.name,
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': EXTERNAL_PHYSICAL_NETWORK,
  })
  await client.create('subnets', {
    name: `${PUBLIC.name}4`,
    network_id: network.id!,
    ip_version: 4,
    cidr: PUBLIC.cidr,
    gateway_ip: PUBLIC.gateway,
    enable_dhcp: false,
  })
}
