/**
 * Routers and floating IPs on the command line, and the L3 agents that host routers. Source: neutronclient 8.1's
 * commands of routers, floating IPs, and of the L3 agent scheduler.
 */
import type { Json, JsonObject } from '#base/json.ts'
import {
  availabilityZoneHint,
  booleanArgument,
  dnsBody,
  dnsCreate,
  flag,
  given,
  option,
  withOld,
} from '#cli/arguments.ts'
import { type ActionFace, type Argument, type Call, type Command, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { findId } from '#cli/find.ts'
import { pythonJson } from '#cli/output/python.ts'
import { dictOf } from '#cli/types.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const ROUTER: Argument = { name: 'router', metavar: 'ROUTER', help: 'ID or name of the router.' }
const EXTERNAL_NETWORK: Argument = {
  name: 'external_network',
  metavar: 'EXTERNAL-NETWORK',
  help: 'ID or name of the external network.',
}
const L3_AGENT: Argument = { name: 'l3_agent', metavar: 'L3_AGENT', help: 'ID of the L3 agent.' }

const INTERFACE: Argument = {
  name: 'interface',
  metavar: 'INTERFACE',
  help: 'A subnet or a port, by ID or name: "SUBNET", "subnet=SUBNET" or "port=PORT".',
}

const GATEWAY_ADDRESS = option(
  '--fixed-ip',
  'Address or subnet of the gateway, or both: subnet_id=<name or ID>,ip_address=<IP>. Can be repeated.',
  {
    metavar: 'subnet_id=SUBNET,ip_address=IP_ADDR',
    action: 'append',
    type: dictOf({ optional: ['subnet_id', 'ip_address'] }),
  },
)

/** Of the several gateways that a router may have. */
const GATEWAYS: ActionFace = {
  help: 'ID or name of the router.',
  arguments: [EXTERNAL_NETWORK, GATEWAY_ADDRESS],
  body: async (call) => ({ external_gateways: [await gatewayOf(call)] }),
}

const ROUTES: ActionFace = {
  help: 'ID or name of the router.',
  arguments: [
    {
      name: 'routes',
      metavar: 'destination=CIDR,nexthop=IP_ADDR',
      nargs: '+',
      type: dictOf({ required: ['destination', 'nexthop'] }),
      help: 'Extra routes.',
    },
  ],
}

function gatewayText({ external_gateway_info: info }: JsonObject): string {
  return info === undefined ? '' : pythonJson(info, null)
}

const interfaceAdd: Command = {
  name: 'router-interface-add',
  summary: 'Connect a subnet or a port to a router.',
  arguments: [ROUTER, INTERFACE],
  unknown: 'ignored',
  async run(call) {
    const { body } = await changeInterface(call, 'add_router_interface')
    call.print(`Added interface ${(body as JsonObject).port_id} to router ${call.args.router}.`)
    return null
  },
}

const interfaceDelete: Command = {
  name: 'router-interface-delete',
  summary: 'Disconnect a subnet or a port from a router.',
  arguments: [ROUTER, INTERFACE],
  unknown: 'ignored',
  async run(call) {
    await changeInterface(call, 'remove_router_interface')
    call.print(`Removed interface from router ${call.args.router}.`)
    return null
  },
}

async function changeInterface(call: Call, action: string) {
  const [, kind = 'subnet', value = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(String(call.args.interface)) ?? []
  if (kind !== 'subnet' && kind !== 'port') {
    throw new CliError('You must specify either subnet or port for INTERFACE parameter.')
  }
  const router = await findId(call, 'router', String(call.args.router))
  const body = { [`${kind}_id`]: await findId(call, kind, value) }
  return await call.client.request('PUT', `/routers/${router}/${action}`, { body })
}

const gatewaySet: Command = {
  name: 'router-gateway-set',
  summary: 'Give a router a gateway on an external network.',
  arguments: [
    ROUTER,
    EXTERNAL_NETWORK,
    flag('--enable-snat', 'Translate source addresses at the gateway.'),
    flag('--disable-snat', 'Do not translate source addresses at the gateway.'),
    GATEWAY_ADDRESS,
  ],
  unknown: 'ignored',
  async run(call) {
    const { args } = call
    const router = await findId(call, 'router', String(args.router))
    await putGateway(call, router, await gatewayOf(call))
    call.print(`Set gateway for router ${args.router}`)
    return null
  },
}

async function gatewayOf(call: Call): Promise<JsonObject> {
  const { args } = call
  const gateway: Record<string, Json> = { network_id: await findId(call, 'network', String(args.external_network)) }
  if (args.enable_snat) gateway.enable_snat = true
  if (args.disable_snat) gateway.enable_snat = false
  if (args.fixed_ip) gateway.external_fixed_ips = await gatewayAddresses(call, args.fixed_ip as readonly JsonObject[])
  return gateway
}

async function gatewayAddresses(call: Call, asked: readonly JsonObject[]): Promise<JsonObject[]> {
  const subnets = new Map<string, string>()
  for (const { subnet_id } of asked) {
    if (subnet_id && !subnets.has(String(subnet_id))) {
      subnets.set(String(subnet_id), await findId(call, 'subnet', String(subnet_id)))
    }
  }
  return asked.map((each) => (each.subnet_id ? { ...each, subnet_id: subnets.get(String(each.subnet_id))! } : each))
}

const gatewayClear: Command = {
  name: 'router-gateway-clear',
  summary: 'Take the gateway from a router.',
  arguments: [ROUTER],
  unknown: 'ignored',
  async run(call) {
    await putGateway(call, await findId(call, 'router', String(call.args.router)), {})
    call.print(`Removed gateway from router ${call.args.router}`)
    return null
  },
}

async function putGateway(call: Call, router: string, info: JsonObject): Promise<void> {
  await call.client.request('PUT', `/routers/${router}`, { body: { router: { external_gateway_info: info } } })
}

const FLOATING_IP: Argument = { name: 'floatingip_id', metavar: 'FLOATINGIP_ID', help: 'ID of the floating IP.' }

const associate: Command = {
  name: 'floatingip-associate',
  summary: 'Let a floating IP lead to a port.',
  arguments: [
    FLOATING_IP,
    { name: 'port_id', metavar: 'PORT', help: 'ID or name of the port.' },
    ...withOld(option('--fixed-ip-address', 'Which address of the port, where it has several.')),
  ],
  unknown: 'ignored',
  async run(call) {
    const { floatingip_id: id, port_id: port, fixed_ip_address: address } = call.args
    // An id is sent as it is; the server says when there is no such port.
    const portId = UUID.test(String(port)) ? String(port) : await findId(call, 'port', String(port))
    await putFloatingIp(call, { port_id: portId, ...(address ? { fixed_ip_address: address } : {}) })
    call.print(`Associated floating IP ${id}`)
    return null
  },
}

const disassociate: Command = {
  name: 'floatingip-disassociate',
  summary: 'Let a floating IP lead nowhere.',
  arguments: [FLOATING_IP],
  unknown: 'ignored',
  async run(call) {
    await putFloatingIp(call, { port_id: null })
    call.print(`Disassociated floating IP ${call.args.floatingip_id}`)
    return null
  },
}

async function putFloatingIp(call: Call, floatingip: JsonObject): Promise<void> {
  const id = encodeURIComponent(String(call.args.floatingip_id))
  await call.client.request('PUT', `/floatingips/${id}`, { body: { floatingip } })
}

const agentRouterAdd: Command = {
  name: 'l3-agent-router-add',
  summary: 'Give a router to an L3 agent.',
  arguments: [L3_AGENT, { ...ROUTER, help: 'ID or name of the router to add.' }],
  unknown: 'ignored',
  async run(call) {
    const body = { router_id: await findId(call, 'router', String(call.args.router)) }
    await call.client.request('POST', routersOfAgent(call), { body })
    call.print(`Added router ${call.args.router} to L3 agent`)
    return null
  },
}

const agentRouterRemove: Command = {
  name: 'l3-agent-router-remove',
  summary: 'Take a router from an L3 agent.',
  arguments: [L3_AGENT, { ...ROUTER, help: 'ID or name of the router to remove.' }],
  unknown: 'ignored',
  async run(call) {
    const router = await findId(call, 'router', String(call.args.router))
    await call.client.request('DELETE', `${routersOfAgent(call)}/${router}`)
    call.print(`Removed router ${call.args.router} from L3 agent`)
    return null
  },
}

const routersOfAgent = ({ args }: Call): string => `/agents/${encodeURIComponent(String(args.l3_agent))}/l3-routers`

export default defineCli({
  resources: {
    router: {
      list: {
        summary: 'List routers.',
        columns: ['id', 'name', 'external_gateway_info', 'distributed', 'ha'],
        formatters: { external_gateway_info: gatewayText },
      },
      lists: [
        {
          name: 'router-list-on-l3-agent',
          summary: 'List the routers that an L3 agent hosts.',
          columns: ['id', 'name', 'external_gateway_info'],
          formatters: { external_gateway_info: gatewayText },
          sorting: false,
          paging: false,
          arguments: [{ ...L3_AGENT, help: 'ID of the L3 agent to ask about.' }],
          path: routersOfAgent,
        },
      ],
      actions: {
        add_router_interface: false,
        remove_router_interface: false,
        add_external_gateways: { name: 'router-gateway-add', summary: 'Give a router one more gateway.', ...GATEWAYS },
        remove_external_gateways: {
          name: 'router-gateway-remove',
          summary: 'Take one gateway from a router.',
          ...GATEWAYS,
        },
        update_external_gateways: false,
        add_extraroutes: { name: 'router-route-add', summary: 'Add extra routes to those of a router.', ...ROUTES },
        remove_extraroutes: { name: 'router-route-remove', summary: 'Take extra routes from a router.', ...ROUTES },
      },
      create: {
        arguments: [
          flag('--admin-state-down', 'Create it administratively down.', { name: 'admin_state', action: 'false' }),
          flag('--admin_state_down', undefined, { name: 'admin_state', action: 'false' }),
          { name: 'name', metavar: 'NAME', help: 'Name of the router.' },
          option('--description', 'Description of the router.'),
          option('--flavor', 'ID or name of its flavor.'),
          booleanArgument('--distributed', 'Create a distributed router.'),
          booleanArgument('--ha', 'Create a highly available router.'),
          availabilityZoneHint('router'),
        ],
        body: async (call) => ({
          admin_state_up: call.args.admin_state ?? true,
          ...(call.args.flavor ? { flavor_id: await findId(call, 'flavor', String(call.args.flavor)) } : {}),
          ...given(call.args, ['name', 'tenant_id', 'distributed', 'ha', 'description', 'availability_zone_hints']),
        }),
      },
      update: {
        arguments: [
          option('--name', 'New name of the router.'),
          option('--description', 'New description of the router.'),
          booleanArgument('--admin-state-up', 'Administrative state of the router: up, or down.', {
            name: 'admin_state',
          }),
          {
            flags: ['--admin_state_up'],
            name: 'admin_state',
            metavar: '{True,False}',
            choices: ['True', 'true', 'False', 'false'],
          },
          booleanArgument('--distributed', 'Whether the router is distributed.'),
          option('--route', 'An extra route of the router. Can be repeated.', {
            name: 'routes',
            metavar: 'destination=CIDR,nexthop=IP_ADDR',
            action: 'append',
            type: dictOf({ required: ['destination', 'nexthop'] }),
            exclusive: 'routes',
          }),
          flag('--no-routes', 'Remove the extra routes of the router.', { exclusive: 'routes' }),
        ],
        body: ({ args }) => ({
          ...(args.admin_state === undefined ? {} : { admin_state_up: args.admin_state }),
          ...given(args, ['name', 'distributed', 'description']),
          ...(args.no_routes ? { routes: null } : args.routes ? { routes: args.routes } : {}),
        }),
      },
    },
    floatingip: {
      names: false,
      list: {
        summary: 'List floating IPs.',
        columns: ['id', 'fixed_ip_address', 'floating_ip_address', 'port_id'],
      },
      create: {
        arguments: [
          {
            name: 'floating_network_id',
            metavar: 'FLOATING_NETWORK',
            help: 'ID or name of the network that the address is taken from.',
          },
          option('--description', 'Description of the floating IP.'),
          ...withOld(option('--port-id', 'ID of the port it leads to.')),
          ...withOld(option('--fixed-ip-address', 'Which address of the port, where it has several.')),
          option('--floating-ip-address', 'The address wanted.'),
          option('--subnet', 'ID of the subnet that the address is taken from.', { name: 'subnet_id' }),
          dnsCreate('floatingip', 'domain'),
          dnsCreate('floatingip', 'name'),
        ],
        body: async (call) => ({
          floating_network_id: await findId(call, 'network', String(call.args.floating_network_id)),
          ...given(call.args, [
            'port_id',
            'tenant_id',
            'fixed_ip_address',
            'description',
            'floating_ip_address',
            'subnet_id',
          ]),
          ...dnsBody(call.args, 'domain'),
          ...dnsBody(call.args, 'name'),
        }),
      },
    },
  },
  lists: {
    agent: [
      {
        name: 'l3-agent-list-hosting-router',
        summary: 'List the L3 agents that host a router.',
        columns: ['id', 'host', 'admin_state_up', 'alive', 'ha_state'],
        sorting: false,
        paging: false,
        arguments: [{ ...ROUTER, help: 'ID or name of the router to ask about.' }],
        path: async (call) => `/routers/${await findId(call, 'router', String(call.args.router))}/l3-agents`,
        extend: async (agents) => agents.map((agent) => ({ ...agent, alive: agent.alive ? ':-)' : 'xxx' })),
      },
    ],
    port: [
      {
        name: 'router-port-list',
        summary: 'List the ports of a router.',
        columns: ['id', 'name', 'mac_address', 'fixed_ips'],
        formatters: { fixed_ips: addressesText },
        arguments: [{ name: 'id', metavar: 'ROUTER', help: 'ID or name of the router to look up.' }],
        query: async (call) => ({ device_id: await findId(call, 'router', String(call.args.id)) }),
      },
    ],
  },
  commands: [
    interfaceAdd,
    interfaceDelete,
    gatewaySet,
    gatewayClear,
    associate,
    disassociate,
    agentRouterAdd,
    agentRouterRemove,
  ],
})

function addressesText({ fixed_ips: addresses }: JsonObject): string {
  return Array.isArray(addresses) ? addresses.map((address: Json) => pythonJson(address, null)).join('\n') : ''
}
