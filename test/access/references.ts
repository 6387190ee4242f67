/**
 * What names another object in a request. Naming one that the caller may not see is answered as naming one that is not
 * there, to the letter: nobody attaches to it, and nobody learns that it exists.
 */

import { newId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { Answer } from '../fakes/api.ts'
import type { Body, World } from './world.ts'

type Request = readonly [method: string, path: string, body: JsonObject]

export interface Reference {
  /** The owner's object; those of a kind are one. */
  readonly of: (world: World) => Promise<string>
  /** What the outsider sends, naming that id. */
  readonly named: (world: World, id: string) => Request | Promise<Request>
}

/** Attributes that end like a reference and are none, or name what is everybody's. */
export const NO_REFERENCES: readonly string[] = [
  'project_id',
  'device_id',
  'flavor_id',
  'provider:segmentation_id',
  'segmentation_id',
  'binding:host_id',
]

const network = async (world: World) => (await world.kept('network', () => ({ name: 'network' }))).id as string
const theirs = {
  network,
  /** Not shared with anybody by anything. */
  subnet: async (world: World): Promise<string> =>
    (await world.kept('subnet', async () => ({ network_id: await network(world), ip_version: 4, cidr: '10.0.0.0/24' })))
      .id,
  port: async (world: World): Promise<string> =>
    (
      await world.kept('port', async () => {
        await theirs.subnet(world)
        return { network_id: await network(world) }
      })
    ).id,
  group: async (world: World): Promise<string> => (await world.kept('security_group', () => ({ name: 'g' }))).id,
  addresses: async (world: World): Promise<string> => (await world.kept('address_group', () => ({ name: 'g' }))).id,
  scope: async (world: World): Promise<string> =>
    (await world.kept('address_scope', () => ({ name: 's', ip_version: 4 }))).id,
  pool: async (world: World): Promise<string> =>
    (await world.kept('subnetpool', () => ({ name: 'p', prefixes: ['10.0.0.0/8'], default_prefixlen: 26 }))).id,
  router: async (world: World): Promise<string> => (await world.kept('router', () => ({ name: 'r' }))).id,
}

const bobs = (world: World, resource: string, values: () => JsonObject | Promise<JsonObject>): Promise<Body> =>
  world.kept(resource, values, 'bob')
const own = {
  network: (world: World) => bobs(world, 'network', () => ({ name: 'bobs' })),
  subnet: (world: World) =>
    bobs(world, 'subnet', async () => ({
      network_id: (await own.network(world)).id,
      ip_version: 4,
      cidr: '192.168.0.0/24',
    })),
  port: (world: World): Promise<Body> =>
    bobs(world, 'port', async () => ({ network_id: (await own.subnet(world)).network_id })),
  router: (world: World) => bobs(world, 'router', () => ({ name: 'bobs' })),
  group: (world: World) => bobs(world, 'security_group', () => ({ name: 'bobs' })),
  pool: (world: World) =>
    bobs(world, 'subnetpool', () => ({ name: 'bobs', prefixes: ['11.0.0.0/8'], default_prefixlen: 26 })),
}
const outside = async (world: World): Promise<string> => {
  const external = { name: 'external', project_id: 'admins', 'router:external': true }
  const { id } = await world.kept('network', () => external, 'admin')
  const subnet = { network_id: id, project_id: 'admins', cidr: '203.0.113.0/24', ip_version: 4 }
  await world.kept('subnet', () => subnet, 'admin')
  return id
}
const floatingip = async (world: World) =>
  bobs(world, 'floatingip', async () => ({ floating_network_id: await outside(world) }))
const post = (collection: string, resource: string, values: JsonObject): Request => [
  'POST',
  `/v2.0/${collection}`,
  { [resource]: values },
]
const rule = { direction: 'ingress', ethertype: 'IPv4' }

/** By resource and attribute, or action; what stands behind a blank tells several of an attribute apart. */
export const REFERENCES: { readonly [where: string]: Reference } = {
  'subnet.network_id': {
    of: theirs.network,
    named: (_world, network_id) => post('subnets', 'subnet', { network_id, cidr: '10.9.0.0/24', ip_version: 4 }),
  },
  'subnet.subnetpool_id': {
    of: theirs.pool,
    named: async (world, subnetpool_id) =>
      post('subnets', 'subnet', { network_id: (await own.network(world)).id, subnetpool_id, ip_version: 4 }),
  },
  'subnet.segment_id': {
    of: theirs.network,
    named: async (world, segment_id) =>
      post('subnets', 'subnet', {
        network_id: (await own.network(world)).id,
        segment_id,
        cidr: '10.9.0.0/24',
        ip_version: 4,
      }),
  },
  'port.network_id': {
    of: theirs.network,
    named: (_world, network_id) => post('ports', 'port', { network_id }),
  },
  'port.fixed_ips': {
    of: theirs.subnet,
    named: async (world, subnet_id) =>
      post('ports', 'port', { network_id: (await own.subnet(world)).network_id, fixed_ips: [{ subnet_id }] }),
  },
  'port.fixed_ips changed': {
    of: theirs.subnet,
    named: async (world, subnet_id) => [
      'PUT',
      `/v2.0/ports/${(await own.port(world)).id}`,
      { port: { fixed_ips: [{ subnet_id }] } },
    ],
  },
  'port.security_groups': {
    of: theirs.group,
    named: async (world, id) =>
      post('ports', 'port', { network_id: (await own.network(world)).id, security_groups: [id] }),
  },
  'port.security_groups changed': {
    of: theirs.group,
    named: async (world, id) => [
      'PUT',
      `/v2.0/ports/${(await own.port(world)).id}`,
      { port: { security_groups: [id] } },
    ],
  },
  'subnetpool.address_scope_id': {
    of: theirs.scope,
    named: (_world, address_scope_id) =>
      post('subnetpools', 'subnetpool', { name: 'p', prefixes: ['10.0.0.0/8'], address_scope_id }),
  },
  'subnetpool.address_scope_id changed': {
    of: theirs.scope,
    named: async (world, address_scope_id) => [
      'PUT',
      `/v2.0/subnetpools/${(await own.pool(world)).id}`,
      { subnetpool: { address_scope_id } },
    ],
  },
  'subnetpool.onboard_network_subnets': {
    of: theirs.network,
    named: async (world, network_id) => [
      'PUT',
      `/v2.0/subnetpools/${(await own.pool(world)).id}/onboard_network_subnets`,
      { network_id },
    ],
  },
  'router.external_gateway_info': {
    of: theirs.network,
    named: (_world, network_id) => post('routers', 'router', { external_gateway_info: { network_id } }),
  },
  'router.external_gateway_info changed': {
    of: theirs.network,
    named: async (world, network_id) => [
      'PUT',
      `/v2.0/routers/${(await own.router(world)).id}`,
      { router: { external_gateway_info: { network_id } } },
    ],
  },
  'router.add_router_interface': {
    of: theirs.subnet,
    named: async (world, subnet_id) => [
      'PUT',
      `/v2.0/routers/${(await own.router(world)).id}/add_router_interface`,
      { subnet_id },
    ],
  },
  'router.add_router_interface by port': {
    of: theirs.port,
    named: async (world, port_id) => [
      'PUT',
      `/v2.0/routers/${(await own.router(world)).id}/add_router_interface`,
      { port_id },
    ],
  },
  'router.remove_router_interface': {
    of: theirs.subnet,
    named: async (world, subnet_id) => [
      'PUT',
      `/v2.0/routers/${(await own.router(world)).id}/remove_router_interface`,
      { subnet_id },
    ],
  },
  'router.remove_router_interface by port': {
    of: theirs.port,
    named: async (world, port_id) => [
      'PUT',
      `/v2.0/routers/${(await own.router(world)).id}/remove_router_interface`,
      { port_id },
    ],
  },
  'floatingip.floating_network_id': {
    of: theirs.network,
    named: (_world, floating_network_id) => post('floatingips', 'floatingip', { floating_network_id }),
  },
  'floatingip.subnet_id': {
    of: theirs.subnet,
    named: async (world, subnet_id) =>
      post('floatingips', 'floatingip', { floating_network_id: await outside(world), subnet_id }),
  },
  'floatingip.port_id': {
    of: theirs.port,
    named: async (world, port_id) =>
      post('floatingips', 'floatingip', { floating_network_id: await outside(world), port_id }),
  },
  'floatingip.port_id changed': {
    of: theirs.port,
    named: async (world, port_id) => [
      'PUT',
      `/v2.0/floatingips/${(await floatingip(world)).id}`,
      { floatingip: { port_id } },
    ],
  },
  'floatingip_port_forwarding.internal_port_id': {
    of: theirs.port,
    named: async (world, internal_port_id) => [
      'POST',
      `/v2.0/floatingips/${(await floatingip(world)).id}/port_forwardings`,
      {
        port_forwarding: {
          internal_port_id,
          internal_ip_address: '10.0.0.2',
          internal_port: 80,
          external_port: 80,
          protocol: 'tcp',
        },
      },
    ],
  },
  'security_group_rule.security_group_id': {
    of: theirs.group,
    named: (_world, security_group_id) =>
      post('security-group-rules', 'security_group_rule', { ...rule, security_group_id }),
  },
  'security_group_rule.remote_group_id': {
    of: theirs.group,
    named: async (world, remote_group_id) =>
      post('security-group-rules', 'security_group_rule', {
        ...rule,
        security_group_id: (await own.group(world)).id,
        remote_group_id,
      }),
  },
  'security_group_rule.remote_address_group_id': {
    of: theirs.addresses,
    named: async (world, remote_address_group_id) =>
      post('security-group-rules', 'security_group_rule', {
        ...rule,
        security_group_id: (await own.group(world)).id,
        remote_address_group_id,
      }),
  },
  'default_security_group_rule.remote_group_id': {
    of: theirs.group,
    named: (_world, remote_group_id) =>
      post('default-security-group-rules', 'default_security_group_rule', {
        ...rule,
        remote_group_id,
        used_in_default_sg: true,
        used_in_non_default_sg: true,
      }),
  },
  'default_security_group_rule.remote_address_group_id': {
    of: theirs.addresses,
    named: (_world, remote_address_group_id) =>
      post('default-security-group-rules', 'default_security_group_rule', {
        ...rule,
        remote_address_group_id,
        used_in_default_sg: true,
        used_in_non_default_sg: true,
      }),
  },
  'rbac_policy.object_id': {
    of: theirs.network,
    named: (_world, object_id) =>
      post('rbac-policies', 'rbac_policy', {
        object_type: 'network',
        object_id,
        action: 'access_as_shared',
        target_tenant: 'b',
      }),
  },
  'rbac_policy.object_id of a group': {
    of: theirs.group,
    named: (_world, object_id) =>
      post('rbac-policies', 'rbac_policy', {
        object_type: 'security_group',
        object_id,
        action: 'access_as_shared',
        target_tenant: 'b',
      }),
  },
  'segment.network_id': {
    of: theirs.network,
    named: (_world, network_id) => post('segments', 'segment', { network_id, network_type: 'vxlan' }),
  },
}

/** The answers to naming what is there and to naming what is not, ids aside. */
export async function tell(world: World, { of, named }: Reference): Promise<{ hidden: Answer; absent: Answer }> {
  const id = await of(world)
  const other = newId()
  const send = async (each: string) => world.api.call('bob', ...(await named(world, each)))
  const hidden = await send(id)
  const absent = await send(other)
  return { hidden, absent: { ...absent, text: absent.text.replaceAll(other, id) } }
}
