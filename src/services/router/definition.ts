/**
 * `router` as data: routers, floating IPs, and what later extensions made of them. Source: Networking API v2.0, "Routers"
 * and "Floating IPs".
 */
import { isJsonObject, type Json } from '#base/json.ts'
import { zoneAttributes } from '#extensions/network_availability_zone/definition.ts'
import { defineExtension, identity, standard, type TypeSpec, tagged } from '#resource/definition.ts'
import { dnsDomain, relativeDnsName } from '#resource/dns-names.ts'
import { hostRoutes } from '#resource/host-routes.ts'
import { compileType } from '#resource/types.ts'

const gatewayType = {
  dict: {
    network_id: { type: 'uuid', required: true },
    enable_snat: { type: 'boolean' },
    external_fixed_ips: { type: { list: { dict: { subnet_id: { type: 'uuid' }, ip_address: { type: 'ip' } } } } },
  },
} as const satisfies TypeSpec
const toGateway = compileType(gatewayType)

export default defineExtension({
  alias: 'router',
  name: 'Neutron L3 Router',
  description:
    'Router abstraction for basic L3 forwarding between L2 Neutron networks and access to external networks via a NAT ' +
    'gateway.',
  updated: '2012-07-20T10:00:00-00:00',
  requires: ['network', 'subnet', 'port', 'external-net', 'binding', 'agent', 'availability_zone', 'flavors'],

  resources: [
    {
      name: 'router',
      collection: 'routers',
      notFound: { type: 'RouterNotFound', text: 'Router %(id)s could not be found' },
      quota: { default: 10 },
      attributes: {
        ...identity,
        ...standard,
        ...tagged,
        admin_state_up: { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' },
        status: { type: 'any', query: 'sort', help: 'ACTIVE.' },
        external_gateway_info: {
          type: { check: gatewayInfo, nullable: true },
          allow: 'post put',
          default: null,
          policy: 'enforce',
          help: 'The external network, whether traffic to it is translated (SNAT), and the addresses there.',
        },
        external_gateways: {
          type: { list: gatewayType },
          help: 'All gateways; the first is that of `external_gateway_info`.',
        },
        enable_snat: { type: 'boolean', query: 'filter sort' },
        ...zoneAttributes,
        routes: {
          type: {
            check: hostRoutes,
            as: { list: { dict: { destination: { type: 'cidr' }, nexthop: { type: 'ip' } } } },
          },
          allow: 'put',
          help: 'Extra routes, as destination and nexthop; the whole list is replaced.',
        },
      },
      actions: [
        { name: 'add_router_interface', help: 'Connects a subnet, or the subnets of a port.' },
        { name: 'remove_router_interface', help: 'Disconnects a subnet or a port, which is deleted.' },
        {
          name: 'add_external_gateways',
          help: 'Adds gateways to those that are there.',
          attributes: ['external_gateways'],
        },
        {
          name: 'update_external_gateways',
          help: 'Makes these the gateways of the router: what is not named goes.',
          attributes: ['external_gateways'],
        },
        {
          name: 'remove_external_gateways',
          help: 'Takes gateways away, named by their network and an address.',
          attributes: ['external_gateways'],
        },
        { name: 'add_extraroutes', help: 'Adds extra routes to those that are there.' },
        { name: 'remove_extraroutes', help: 'Takes extra routes away from those that are there.' },
      ],
    },
    {
      name: 'floatingip',
      collection: 'floatingips',
      notFound: { type: 'FloatingIPNotFound', text: 'Floating IP %(id)s could not be found' },
      quota: { default: 50 },
      attributes: {
        id: identity.id,
        project_id: identity.project_id,
        ...standard,
        ...tagged,
        floating_ip_address: {
          type: 'ip?',
          allow: 'post',
          default: null,
          query: 'filter sort',
          policy: 'enforce',
          help: 'Not sent: one of the pool.',
        },
        subnet_id: { type: 'uuid?', allow: 'post', default: null, hidden: true, help: 'Where the address comes from.' },
        floating_network_id: { type: 'uuid', allow: 'post', query: 'filter sort' },
        router_id: { type: 'uuid?', query: 'filter sort' },
        port_id: { type: 'uuid?', allow: 'post put', default: null, query: 'filter' },
        fixed_ip_address: { type: 'ip?', allow: 'post put', default: null, query: 'filter sort' },
        status: { type: 'any', query: 'filter sort', help: 'ACTIVE, DOWN or ERROR.' },
        dns_name: {
          type: { check: relativeDnsName },
          allow: 'post',
          default: '',
          help: 'The name of the address within `dns_domain`; neither goes without the other.',
        },
        dns_domain: { type: { check: dnsDomain }, allow: 'post', default: '' },
        port_details: { type: 'any', help: 'The port it points at; null without one.' },
      },
    },
  ],

  announces: [
    {
      alias: 'ext-gw-mode',
      name: 'Neutron L3 Configurable external gateway mode',
      description:
        'Extension of the router abstraction for specifying whether SNAT should occur on the external gateway',
      updated: '2013-03-28T10:00:00-00:00',
    },
    {
      alias: 'external-gateway-multihoming',
      name: 'Neutron L3 External Gateway Multihoming',
      description: 'Allow multiple external gateway ports per router',
      updated: '2023-01-18T00:00:00-00:00',
    },
    {
      alias: 'extraroute',
      name: 'Neutron Extra Route',
      description: 'Extra routes configuration for L3 router',
      updated: '2013-02-01T10:00:00-00:00',
    },
    {
      alias: 'extraroute-atomic',
      name: 'Atomically add/remove extra routes',
      description: 'Edit extra routes of a router on server side by atomically adding/removing extra routes',
      updated: '2019-07-10T00:00:00+00:00',
    },
    {
      alias: 'router-enable-snat',
      name: 'Exposes the router "enable_snat" read-only configuration flag',
      description: 'Exposes the router "enable_snat" read-only configuration flag',
      updated: '2025-09-18T18:00:00-00:00',
    },
    {
      alias: 'floatingip-pools',
      name: 'Floating IP Pools Extension',
      description: 'Provides a floating IP pools API.',
      updated: '2018-03-21T10:00:00-00:00',
    },
    {
      alias: 'fip-port-details',
      name: 'Floating IP Port Details Extension',
      description: 'Add port_details attribute to Floating IP resource',
      updated: '2018-04-09T10:00:00-00:00',
    },
    {
      alias: 'l3-port-ip-change-not-allowed',
      name: 'Prevent L3 router ports IP address change extension',
      description: 'Prevent change of IP address for some L3 router ports',
      updated: '2018-10-09T10:00:00-00:00',
    },
    {
      alias: 'l3-flavors',
      name: 'Router Flavor Extension',
      description: 'Flavor support for routers.',
      updated: '2016-05-17T00:00:00-00:00',
    },
    {
      alias: 'router_availability_zone',
      name: 'Router Availability Zone',
      description: 'Availability zone support for router.',
      updated: '2015-01-01T10:00:00-00:00',
    },
    {
      alias: 'l3_agent_scheduler',
      name: 'L3 Agent Scheduler',
      description: 'Schedule routers among l3 agents',
      updated: '2013-02-07T10:00:00-00:00',
    },
  ],
})

/** An empty dictionary clears the gateway as null does: clients send it. */
function gatewayInfo(value: Json): Json {
  if (isJsonObject(value) && Object.keys(value).length === 0) return null
  return toGateway(value)
}
