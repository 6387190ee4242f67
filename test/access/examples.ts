/**
 * An example of each resource, for all questions of access to be asked about. A resource without one fails the test:
 * add it here, and the rest follows from its definition.
 */
import type { JsonObject } from '#base/json.ts'
import { type Body, OWNER, type Persona, type World } from './world.ts'

export interface Example {
  /** Makes what it refers to, which is the owner's, and answers what to create: each time something new. */
  readonly body?: (world: World, parentId: string | null) => JsonObject | Promise<JsonObject>
  /** The id of what it is served below. */
  readonly parent?: (world: World) => Promise<string>
  /** Who makes it, when its owner may not. */
  readonly by?: Persona
  /** What no request makes: brought about otherwise; answers its key. */
  readonly given?: (world: World) => Promise<string>
  readonly change?: JsonObject
  /** Bodies of its actions. */
  readonly actions?: { readonly [action: string]: (world: World, object: Body) => JsonObject | Promise<JsonObject> }
}

const network = (world: World): Promise<Body> => world.kept('network', () => ({ name: 'network' }))
const subnetOf = (world: World, network_id: string) => {
  const number = world.next()
  return { network_id, ip_version: 4, cidr: `10.${number >> 8}.${number & 255}.0/24` }
}
const subnet = (world: World): Promise<Body> =>
  world.kept('subnet', async () => subnetOf(world, (await network(world)).id))
const port = async (world: World): Promise<Body> => {
  const { id, network_id } = await subnet(world)
  return world.make('port', { network_id, fixed_ips: [{ subnet_id: id }] })
}
const group = (world: World): Promise<Body> => world.kept('security_group', () => ({ name: 'group' }))
const SETTING = 'security_groups_default_statefulness'
const settings = async (world: World): Promise<Body[]> =>
  (await world.api.call('admin', 'GET', world.path(SETTING, null))).body[SETTING]
const external = (world: World): Promise<Body> =>
  world.kept('network', () => ({ name: 'external', project_id: 'admins', 'router:external': true }), 'admin')
const outside = (world: World): Promise<Body> =>
  world.kept(
    'subnet',
    async () => ({
      network_id: (await external(world)).id,
      project_id: 'admins',
      cidr: '203.0.113.0/24',
      ip_version: 4,
    }),
    'admin',
  )
const floating = async (world: World): Promise<JsonObject> => ({
  floating_network_id: (await outside(world)).network_id,
})
/** With a port of the owner's network behind a router of the owner's that leads outside. */
const inner = async (world: World): Promise<Body> => {
  const routerOf = async () => ({ external_gateway_info: { network_id: (await outside(world)).network_id } })
  const key = await world.kept('router', routerOf)
  const { id: subnet_id } = await subnet(world)
  // The second time it is there already.
  await world.api.call('alice', 'PUT', `/v2.0/routers/${key.id}/add_router_interface`, { subnet_id })
  return port(world)
}
/** A host with an agent that carries tunnels. */
const hostOf = async (world: World): Promise<string> => {
  const number = world.next()
  const host = `host-${number}`
  const tunneling_ip = `192.0.2.${number % 256}`
  await world.api.report('Open vSwitch agent', host, { tunnel_types: ['vxlan'], tunneling_ip, bridge_mappings: {} })
  return host
}
const rule = { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' }
const prefix = (world: World) => `172.${16 + (world.next() % 16)}.${world.next() % 256}.0/24`

export const EXAMPLES: { readonly [resource: string]: Example } = {
  network: { body: (world) => ({ name: `n${world.next()}` }), change: { name: 'changed' } },
  subnet: { body: async (world) => subnetOf(world, (await network(world)).id), change: { name: 'changed' } },
  port: { body: async (world) => ({ network_id: (await network(world)).id }), change: { name: 'changed' } },
  subnetpool: {
    body: (world) => ({ name: 'pool', prefixes: [prefix(world)], default_prefixlen: 26 }),
    change: { name: 'changed' },
    actions: {
      add_prefixes: () => ({ prefixes: ['192.168.0.0/16'] }),
      remove_prefixes: (_world, { prefixes }) => ({ prefixes }),
      onboard_network_subnets: async (world) => {
        const { network_id } = await world.make(
          'subnet',
          subnetOf(world, (await world.make('network', { name: 'n' })).id),
        )
        return { network_id }
      },
    },
  },
  address_scope: { body: () => ({ name: 'scope', ip_version: 4 }), change: { name: 'changed' } },
  address_group: {
    body: () => ({ name: 'addresses', addresses: ['10.0.0.0/8'] }),
    change: { name: 'changed' },
    actions: {
      add_addresses: () => ({ addresses: ['192.168.0.0/16'] }),
      remove_addresses: () => ({ addresses: ['10.0.0.0/8'] }),
    },
  },
  security_group: { body: (world) => ({ name: `g${world.next()}` }), change: { name: 'changed' } },
  security_group_rule: {
    body: async (world) => {
      const number = world.next()
      return { security_group_id: (await group(world)).id, ...rule, port_range_min: number, port_range_max: number }
    },
  },
  default_security_group_rule: {
    body: (world) => {
      const number = world.next()
      return {
        ...rule,
        port_range_min: number,
        port_range_max: number,
        used_in_default_sg: false,
        used_in_non_default_sg: true,
      }
    },
    by: 'admin',
  },
  // A project has one: the owner's is there again when it is asked about, and out of the way of who makes one.
  security_groups_default_statefulness: {
    given: async (world) =>
      (await settings(world)).find(({ project_id }) => project_id === OWNER)?.id ??
      (await world.make(SETTING, { stateful: false }, 'admin')).id,
    async body(world) {
      for (const { id } of await settings(world))
        await world.api.call('admin', 'DELETE', `${world.path(SETTING, null)}/${id}`)
      return { stateful: false }
    },
    change: { stateful: true },
  },
  rbac_policy: {
    body: async (world) => ({
      object_type: 'network',
      object_id: (await network(world)).id,
      action: 'access_as_shared',
      target_tenant: `project-${world.next()}`,
    }),
    change: { target_tenant: 'elsewhere' },
  },
  router: {
    body: (world) => ({ name: `r${world.next()}` }),
    change: { name: 'changed' },
    actions: {
      add_router_interface: async (world) => ({
        subnet_id: (await world.make('subnet', subnetOf(world, (await network(world)).id))).id,
      }),
      async remove_router_interface(world, { id }) {
        const { id: subnet_id } = await world.make('subnet', subnetOf(world, (await network(world)).id))
        await world.api.call('alice', 'PUT', `/v2.0/routers/${id}/add_router_interface`, { subnet_id })
        return { subnet_id }
      },
      add_extraroutes: () => ({ router: { routes: [] } }),
      remove_extraroutes: () => ({ router: { routes: [] } }),
      add_external_gateways: () => ({ router: { external_gateways: [] } }),
      update_external_gateways: () => ({ router: { external_gateways: [] } }),
      remove_external_gateways: () => ({ router: { external_gateways: [] } }),
    },
  },
  floatingip: { body: floating, change: { description: 'changed' } },
  floatingip_port_forwarding: {
    parent: async (world) => (await world.kept('floatingip', () => floating(world))).id,
    body: async (world) => {
      const { id, fixed_ips } = await inner(world)
      const number = 1_000 + world.next()
      return {
        internal_port_id: id,
        internal_ip_address: fixed_ips[0].ip_address,
        internal_port: number,
        external_port: number,
        protocol: 'tcp',
      }
    },
    change: { description: 'changed' },
  },
  port_binding: {
    async parent(world) {
      const instance = { device_owner: 'compute:nova', device_id: 'instance' }
      const port = async () => ({
        ...instance,
        network_id: (await network(world)).id,
        'binding:host_id': await hostOf(world),
      })
      return (await world.kept('port', port, 'admin')).id
    },
    body: async (world) => ({ host: await hostOf(world) }),
    by: 'admin',
    change: { profile: {} },
    actions: { activate: () => ({}) },
  },
  agent: {
    async given(world) {
      await hostOf(world)
      const { body } = await world.api.call('admin', 'GET', '/v2.0/agents')
      return body.agents.at(-1).id
    },
    change: { description: 'changed' },
  },
  network_ip_availability: {
    given: async (world) => (await subnet(world)).network_id,
  },
  segment: {
    body: async (world) => ({
      network_id: (await network(world)).id,
      network_type: 'vxlan',
      segmentation_id: 5_000 + world.next(),
    }),
    by: 'admin',
    change: { name: 'changed' },
  },
  network_segment_range: {
    body: (world) => {
      const number = 5_000 + world.next()
      return { name: 'range', shared: true, network_type: 'vxlan', minimum: number, maximum: number }
    },
    by: 'admin',
    change: { name: 'changed' },
  },
  flavor: {
    body: (world) => ({ name: `f${world.next()}`, service_type: 'L3_ROUTER_NAT' }),
    by: 'admin',
    change: { name: 'changed' },
  },
  service_profile: {
    body: () => ({ description: 'profile', driver: '', metainfo: '{}' }),
    by: 'admin',
    change: { description: 'changed' },
  },
  auto_allocated_topology: {
    async given() {
      return 'a'
    },
  },
}
