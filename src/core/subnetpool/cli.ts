/** Subnet pools on the command line. Source: neutronclient 8.1's commands of subnet pools. */
import type { JsonObject } from '#base/json.ts'
import { booleanArgument, flag, given, option } from '#cli/arguments.ts'
import { type ActionFace, type Argument, type Call, defineCli } from '#cli/command.ts'
import { findId } from '#cli/find.ts'

const ADDRESS_SCOPE = option('--address-scope', 'ID or name of the address scope it belongs to.', {
  metavar: 'ADDRSCOPE',
})

/** `--pool-prefix` must be there when a pool is made. */
const changeable = (required: boolean): readonly Argument[] => [
  option('--description', 'Description of the subnet pool.'),
  option('--min-prefixlen', 'Shortest prefix length of its subnets.', { type: 'integer' }),
  option('--max-prefixlen', 'Longest prefix length of its subnets.', { type: 'integer' }),
  option('--default-prefixlen', 'Prefix length of its subnets, where none is asked for.', { type: 'integer' }),
  option('--pool-prefix', 'Addresses its subnets are cut from, as a CIDR. Can be repeated.', {
    name: 'prefixes',
    action: 'append',
    ...(required && { required }),
  }),
  booleanArgument('--is-default', 'Whether it is the default subnet pool.'),
]

const CHANGED = [
  'name',
  'prefixes',
  'default_prefixlen',
  'min_prefixlen',
  'max_prefixlen',
  'is_default',
  'description',
] as const

async function scopeBody(call: Call): Promise<JsonObject> {
  const { address_scope: scope, no_address_scope: none } = call.args
  if (none) return { address_scope_id: null }
  return scope ? { address_scope_id: await findId(call, 'address_scope', String(scope)) } : {}
}

const prefixChange = (name: string, summary: string): ActionFace => ({
  name,
  summary,
  bare: true,
  help: 'ID or name of the subnet pool.',
  arguments: [{ name: 'prefixes', metavar: 'PREFIX', nargs: '+', help: 'Addresses as CIDRs: 10.0.0.0/8' }],
})

function prefixesText({ prefixes }: JsonObject): string {
  return Array.isArray(prefixes) ? prefixes.join('\n') : String(prefixes ?? '')
}

export default defineCli({
  resources: {
    subnetpool: {
      list: {
        summary: 'List subnet pools.',
        columns: ['id', 'name', 'prefixes', 'default_prefixlen', 'address_scope_id', 'is_default'],
        formatters: { prefixes: prefixesText },
      },
      actions: {
        add_prefixes: prefixChange('subnetpool-prefix-add', 'Add prefixes to a subnet pool.'),
        remove_prefixes: prefixChange(
          'subnetpool-prefix-remove',
          'Take prefixes that no subnet uses from a subnet pool.',
        ),
        onboard_network_subnets: {
          name: 'subnetpool-onboard',
          summary: "Take a network's subnets into a subnet pool.",
          bare: true,
          help: 'ID or name of the subnet pool.',
          arguments: [{ name: 'network', metavar: 'NETWORK', help: 'ID or name of the network.' }],
          body: async (call) => ({ network_id: await findId(call, 'network', String(call.args.network)) }),
        },
      },
      create: {
        arguments: [
          ...changeable(true),
          flag('--shared', 'Let every tenant use the subnet pool.'),
          { name: 'name', metavar: 'NAME', help: 'Name of the subnet pool.' },
          ADDRESS_SCOPE,
        ],
        body: async (call) => ({
          ...given(call.args, [...CHANGED, 'tenant_id']),
          ...(call.args.shared ? { shared: true } : {}),
          ...(await scopeBody(call)),
        }),
      },
      update: {
        arguments: [
          ...changeable(false),
          option('--name', 'New name of the subnet pool.'),
          { ...ADDRESS_SCOPE, exclusive: 'address scope' },
          flag('--no-address-scope', 'Take the subnet pool out of its address scope.', { exclusive: 'address scope' }),
        ],
        body: async (call) => ({ ...given(call.args, CHANGED), ...(await scopeBody(call)) }),
      },
    },
  },
})
