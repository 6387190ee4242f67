/**
 * Networks on the command line: `net-list`, `net-external-list`, `net-create`, …
 * Source: neutronclient 8.1's commands of networks.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { isJsonObject } from '#base/json.ts'
import {
  availabilityZoneHint,
  booleanArgument,
  commonFilters,
  dnsBody,
  dnsCreate,
  dnsUpdate,
  flag,
  given,
  option,
  qosPolicyCreate,
  qosPolicyUpdate,
  tagFilters,
} from '#cli/arguments.ts'
import { type Call, defineCli, type ListFace } from '#cli/command.ts'
import { qosPolicyBody } from '#cli/qos-policy.ts'
import { upper } from '#cli/types.ts'

/** Ids in one request: a request's line has room for some 8 KiB, `id=<uuid>&` takes 40 of them. */
const SUBNETS_AT_ONCE = 150

/** What every list of networks is, wherever the networks come from. */
export const networkList: ListFace = {
  columns: ['id', 'name', 'subnets'],
  formatters: { subnets: subnetsText },
  filters: [
    commonFilters.tenant('networks'),
    commonFilters.name('networks'),
    commonFilters.adminStateUp('networks'),
    option('--status', 'List the networks of this status (ACTIVE, ERROR, ...).', { type: upper }),
    booleanArgument('--shared', 'List the networks that are shared, or are not.'),
    booleanArgument('--router:external', 'List the networks that are external, or are not.'),
    ...tagFilters('networks'),
  ],
  extend: addSubnets,
}

export default defineCli({
  resources: {
    network: {
      noun: 'net',
      list: { summary: 'List networks.', ...networkList },
      lists: [
        {
          name: 'net-external-list',
          summary: 'List external networks.',
          ...networkList,
          query: () => ({ 'router:external': 'True' }),
        },
      ],
      create: {
        arguments: [
          flag('--admin-state-down', 'Create it administratively down.', { name: 'admin_state', action: 'false' }),
          flag('--admin_state_down', undefined, { name: 'admin_state', action: 'false' }),
          flag('--shared', 'Let every tenant use the network.', { action: 'const', const: true }),
          option('--provider:network_type', 'How the network is brought about: flat, vlan, vxlan, gre, ...', {
            metavar: '<network_type>',
          }),
          option('--provider:physical_network', 'The physical network it is part of.', {
            metavar: '<physical_network_name>',
          }),
          option('--provider:segmentation_id', 'VLAN id, or tunnel id of a GRE or VXLAN network.', {
            metavar: '<segmentation_id>',
          }),
          booleanArgument('--vlan-transparent', 'Create a network that lets VLAN tags through.'),
          { name: 'name', metavar: 'NAME', help: 'Name of the network.' },
          option('--description', 'Description of the network.'),
          qosPolicyCreate,
          availabilityZoneHint('network'),
          dnsCreate('network', 'domain'),
        ],
        body: async (call) => ({
          admin_state_up: call.args.admin_state ?? true,
          ...given(call.args, [
            'name',
            'description',
            'shared',
            'tenant_id',
            'vlan_transparent',
            'provider:network_type',
            'provider:physical_network',
            'provider:segmentation_id',
          ]),
          ...(await qosPolicyBody(call)),
          ...given(call.args, ['availability_zone_hints']),
          ...dnsBody(call.args, 'domain'),
        }),
      },
      update: {
        arguments: [
          option('--name', 'Name of the network.'),
          option('--description', 'Description of the network.'),
          ...qosPolicyUpdate,
          ...dnsUpdate('network', 'domain'),
        ],
        body: async (call) => ({
          ...given(call.args, ['name', 'description']),
          ...(await qosPolicyBody(call)),
          ...dnsBody(call.args, 'domain'),
        }),
      },
    },
  },
})

/** The networks with `{id, cidr}` for the ids of their subnets, looked up for all networks together. */
async function addSubnets(networks: JsonObject[], { client, args }: Call): Promise<JsonObject[]> {
  const idsOf = ({ subnets }: JsonObject): Json[] => (Array.isArray(subnets) ? subnets : [])
  const ids = networks.flatMap(idsOf)
  const found = new Map<Json | undefined, JsonObject>()
  for (let from = 0; from < ids.length; from += SUBNETS_AT_ONCE) {
    const some = ids.slice(from, from + SUBNETS_AT_ONCE)
    const query = { fields: ['id', 'cidr'], ...(args.page_size ? { limit: args.page_size } : {}), id: some }
    for (const subnet of await client.list('/subnets', query)) found.set(subnet.id, subnet)
  }
  return networks.map((network) =>
    'subnets' in network ? { ...network, subnets: idsOf(network).map((id) => found.get(id) ?? { id }) } : network,
  )
}

function subnetsText({ subnets }: JsonObject): string {
  if (!Array.isArray(subnets)) return ''
  return subnets.map((subnet: Json) => (isJsonObject(subnet) ? `${subnet.id} ${subnet.cidr ?? ''}` : '')).join('\n')
}
