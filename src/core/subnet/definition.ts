/** `subnet` as data: what the API accepts, shows and sorts by. Source: Networking API v2.0, "Subnets". */
import { isUuid } from '#base/ids.ts'
import type { Json } from '#base/json.ts'
import { defineExtension, identity, Refusal, standard, tagged } from '#resource/definition.ts'
import { hostRoutes, withKeys } from '#resource/host-routes.ts'
import { compileType, said } from '#resource/types.ts'
import { toServiceTypes } from './service-types.ts'

const toIp = compileType('ip')
const MODES = ['dhcpv6-stateful', 'dhcpv6-stateless', 'slaac']

export default defineExtension({
  alias: 'subnet',
  name: 'Neutron L3 Subnet',
  description: 'Layer 3 subnet abstraction',
  updated: '2012-01-01T10:00:00-00:00',
  requires: ['network'],
  unlisted: true,
  announces: [
    {
      alias: 'subnet-service-types',
      name: 'Subnet service types',
      description: 'Provides ability to set the subnet service_types field',
      updated: '2016-03-15T18:00:00-00:00',
    },
  ],

  resources: [
    {
      name: 'subnet',
      collection: 'subnets',
      notFound: { type: 'SubnetNotFound', text: 'Subnet %(id)s could not be found.' },
      quota: { default: 100 },
      attributes: {
        ...identity,
        ...standard,
        ...tagged,
        network_id: { type: 'uuid', allow: 'post', query: 'filter sort' },
        ip_version: { type: { values: [4, 6] }, allow: 'post', query: 'filter sort' },
        cidr: { type: 'cidr?', allow: 'post', optional: true, query: 'filter sort' },
        prefixlen: { type: { integer: { min: 0 } }, allow: 'post', optional: true, hidden: true },
        subnetpool_id: { type: { check: poolId, nullable: true }, allow: 'post', optional: true, query: 'filter sort' },
        gateway_ip: { type: 'ip?', allow: 'post put', optional: true, query: 'filter sort' },
        allocation_pools: {
          type: { check: pools, as: { list: { dict: { start: { type: 'ip' }, end: { type: 'ip' } } } } },
          allow: 'post put',
          optional: true,
        },
        dns_nameservers: { type: { check: nameservers, as: { list: 'string' } }, allow: 'post put', optional: true },
        host_routes: {
          type: {
            check: hostRoutes,
            as: { list: { dict: { destination: { type: 'cidr' }, nexthop: { type: 'ip' } } } },
          },
          allow: 'post put',
          optional: true,
        },
        enable_dhcp: { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' },
        ipv6_ra_mode: { type: { values: MODES }, allow: 'post', optional: true, query: 'filter sort' },
        ipv6_address_mode: {
          type: { values: MODES },
          allow: 'post',
          optional: true,
          query: 'filter sort',
        },
        service_types: {
          type: { check: toServiceTypes, as: { list: 'string' } },
          allow: 'post put',
          default: [],
          help: 'Device owners whose ports may have addresses here; empty: any.',
        },
        shared: {
          type: 'boolean',
          query: 'filter',
          hidden: true,
          granted: { object: 'network', action: 'access_as_shared', by: 'network_id' },
          help: "Whether the caller's project may use the network.",
        },
      },
    },
  ],
})

function poolId(value: Json): Json {
  if (typeof value !== 'string' || !isUuid(value)) throw new Refusal(`'${said(value)}' is not a valid UUID`)
  return value
}

function pools(value: Json): Json {
  if (!Array.isArray(value)) throw new Refusal(`Invalid data format for IP pool: '${said(value)}'`)
  return (value as readonly Json[]).map((item) => {
    const { start, end } = withKeys(item, ['start', 'end'])
    return { start: toIp(start!), end: toIp(end!) }
  })
}

function nameservers(value: Json): Json {
  if (value === null) return []
  // Upstream walks through a text as through a list, and refuses its first letter.
  const list = typeof value === 'string' ? [...value] : value
  if (!Array.isArray(list)) throw new Refusal(`Invalid data format for nameserver: '${said(value)}'`)
  const servers: Json[] = []
  for (const item of list as readonly Json[]) {
    const server = nameserver(item)
    if (servers.includes(server)) throw new Refusal(`Duplicate nameserver '${said(item)}'`)
    servers.push(server)
  }
  return servers
}

function nameserver(value: Json): Json {
  try {
    return toIp(value)
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(`'${said(value)}' is not a valid nameserver. ${error.message}`)
    throw error
  }
}
