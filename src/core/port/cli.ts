/**
 * Ports on the command line: `port-list`, `port-create NETWORK`, …
 * Source: neutronclient 8.1's commands of ports.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import {
  dnsBody,
  dnsCreate,
  dnsUpdate,
  flag,
  given,
  option,
  qosPolicyCreate,
  qosPolicyUpdate,
  withOld,
} from '#cli/arguments.ts'
import { type Argument, type Call, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { findId } from '#cli/find.ts'
import { pythonJson } from '#cli/output/python.ts'
import { qosPolicyBody } from '#cli/qos-policy.ts'
import { dictOf, lower } from '#cli/types.ts'

const VNIC_TYPES = ['direct', 'direct-physical', 'macvtap', 'normal', 'baremetal', 'smart-nic']

const updatable: readonly Argument[] = [
  option('--name', 'Name of the port.'),
  option('--description', 'Description of the port.'),
  ...withOld(
    option(
      '--fixed-ip',
      'An address of the port: subnet_id=<name_or_id>,ip_address=<ip>, or one of them. Can be repeated.',
      {
        metavar: 'subnet_id=SUBNET,ip_address=IP_ADDR',
        action: 'append',
        type: dictOf({ optional: ['subnet_id', 'ip_address'] }),
      },
    ),
  ),
  ...withOld(option('--device-id', 'ID of the device that uses the port.')),
  ...withOld(option('--device-owner', 'What kind of device uses the port.')),
]

const securityGroups: readonly Argument[] = [
  option('--security-group', 'A security group of the port, by ID or name. Can be repeated.', {
    name: 'security_groups',
    metavar: 'SECURITY_GROUP',
    action: 'append',
    default: [],
    exclusive: 'security groups',
  }),
  flag('--no-security-groups', 'The port has no security group.', { exclusive: 'security groups' }),
]

const extraDhcpOption = option(
  '--extra-dhcp-opt',
  'A DHCP option for the port: opt_name=<dhcp_option_name>,opt_value=<value>,ip_version={4,6}. Can be repeated.',
  {
    name: 'extra_dhcp_opts',
    action: 'append',
    default: [],
    type: dictOf({ required: ['opt_name'], optional: ['opt_value', 'ip_version'] }),
  },
)

const allowedAddressPairs: readonly Argument[] = [
  option(
    '--allowed-address-pair',
    'An address (or CIDR) that the port may use beside its own, maybe with a MAC address of its own. Can be repeated.',
    {
      name: 'allowed_address_pairs',
      metavar: 'ip_address=IP_ADDR|CIDR[,mac_address=MAC_ADDR]',
      action: 'append',
      default: [],
      exclusive: 'address pairs',
      type: dictOf({ required: ['ip_address'], optional: ['mac_address'] }),
    },
  ),
  flag('--no-allowed-address-pairs', 'The port may use no address but its own.', { exclusive: 'address pairs' }),
]

const adminStateUp = option('--admin-state-up', 'Whether the port is administratively up.', {
  choices: ['True', 'False'],
})

export default defineCli({
  resources: {
    port: {
      list: {
        columns: ['id', 'name', 'mac_address', 'fixed_ips'],
        formatters: { fixed_ips: fixedIpsText },
      },
      create: {
        arguments: [
          ...updatable,
          flag('--admin-state-down', 'Create it administratively down.', { name: 'admin_state', action: 'false' }),
          flag('--admin_state_down', undefined, { name: 'admin_state', action: 'false' }),
          ...withOld(option('--mac-address', 'MAC address of the port.')),
          ...withOld(
            option('--vnic-type', 'What kind of interface the port is.', {
              metavar: '<direct | direct-physical | macvtap | normal | baremetal | smart-nic>',
              choices: VNIC_TYPES,
              type: lower,
            }),
          ),
          ...withOld(option('--binding-profile', 'What the mechanism driver is told, as JSON: binding:profile.')),
          ...securityGroups,
          { ...extraDhcpOption, exclusive: 'extra dhcp' },
          qosPolicyCreate,
          ...allowedAddressPairs,
          { name: 'network_id', metavar: 'NETWORK', help: 'ID or name of the network it belongs to.' },
          dnsCreate('port', 'name'),
        ],
        body: createBody,
      },
      update: {
        arguments: [
          ...updatable,
          ...withOld(adminStateUp),
          ...securityGroups,
          { ...extraDhcpOption, exclusive: 'extra dhcp' },
          ...qosPolicyUpdate,
          ...allowedAddressPairs,
          ...dnsUpdate('port', 'name'),
        ],
        body: async (call) => ({
          ...(await updatableBody(call)),
          ...given(call.args, ['admin_state_up']),
          ...(await sharedBody(call)),
        }),
      },
    },
  },
})

async function createBody(call: Call): Promise<JsonObject> {
  const { args } = call
  return {
    admin_state_up: args.admin_state ?? true,
    network_id: await findId(call, 'network', String(args.network_id)),
    ...(await updatableBody(call)),
    ...given(args, ['mac_address', 'tenant_id']),
    ...(args.vnic_type ? { 'binding:vnic_type': args.vnic_type } : {}),
    ...(args.binding_profile ? { 'binding:profile': profileOf(String(args.binding_profile)) } : {}),
    ...(await sharedBody(call)),
  }
}

async function updatableBody(call: Call): Promise<JsonObject> {
  const asked = Array.isArray(call.args.fixed_ip) ? (call.args.fixed_ip as readonly JsonObject[]) : []
  const addresses: JsonObject[] = []
  for (const address of asked) {
    const { subnet_id: subnet } = address
    addresses.push(
      subnet === undefined ? address : { ...address, subnet_id: await findId(call, 'subnet', String(subnet)) },
    )
  }
  return {
    ...given(call.args, ['device_id', 'device_owner', 'name', 'description']),
    ...(addresses.length > 0 ? { fixed_ips: addresses } : {}),
  }
}

/** What create and update have in common behind their own options. */
async function sharedBody(call: Call): Promise<JsonObject> {
  const { args } = call
  return {
    ...(await securityGroupsBody(call)),
    ...extraDhcpBody(args),
    ...(await qosPolicyBody(call)),
    ...listOrNone(args, 'allowed_address_pairs', args.no_allowed_address_pairs === true),
    ...dnsBody(args, 'name'),
  }
}

async function securityGroupsBody(call: Call): Promise<JsonObject> {
  const { args } = call
  const ids: string[] = []
  for (const group of listOf(args.security_groups)) ids.push(await findId(call, 'security_group', String(group)))
  return ids.length > 0 || args.no_security_groups === true ? { security_groups: ids } : {}
}

function extraDhcpBody(args: Call['args']): JsonObject {
  const options = listOf(args.extra_dhcp_opts).map((option) => {
    if (!isJsonObject(option) || !('opt_value' in option || 'ip_version' in option)) {
      throw new CliError(
        'Invalid --extra-dhcp-opt option, can only be: opt_name=<dhcp_option_name>,opt_value=<value>,' +
          'ip_version={4,6}. You can repeat this option.',
      )
    }
    return option.opt_value === 'null' ? { ...option, opt_value: null } : option
  })
  return options.length > 0 ? { extra_dhcp_opts: options } : {}
}

function listOrNone(args: Call['args'], name: string, none: boolean): JsonObject {
  const values = listOf(args[name])
  return values.length > 0 || none ? { [name]: values } : {}
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function profileOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw new CliError(`--binding-profile is not JSON: ${(cause as Error).message}`)
  }
}

function fixedIpsText({ fixed_ips: addresses }: JsonObject): string {
  return listOf(addresses)
    .map((address) => pythonJson(address, null))
    .join('\n')
}
