/**
 * The topology as JSON: `nodes` (networks, routers, instances, ports) and `links` between them by id, which lead
 * inwards, with the API's own attribute names. Everything is in it, whatever a drawing would leave out. Pure.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { FloatingIp, Mark, Network, Router, Topology } from './graph.ts'
import { type Edge, type Node, outlineOf } from './nodes.ts'

export function renderJson(topology: Topology): string {
  const { nodes, edges } = outlineOf(topology)
  return `${JSON.stringify({ nodes: nodes.map(nodeJson), links: edges.map(linkJson) }, null, 2)}\n`
}

const STATUS: { readonly [mark in Mark]: string | null } = {
  active: 'ACTIVE',
  build: 'BUILD',
  down: 'DOWN',
  error: 'ERROR',
  disabled: 'ADMIN_DOWN',
  unplugged: 'UNPLUGGED',
  unknown: null,
}

function nodeJson(node: Node): JsonObject {
  if (node.kind === 'network') return networkJson(node.network)
  if (node.kind === 'router') return routerJson(node.router)
  return { kind: node.kind, id: node.id, name: node.label, ports: node.ports.map(({ id }) => id) }
}

function networkJson({ id, label, mark, external, shared, mtu, segment, ...more }: Network): JsonObject {
  return {
    kind: 'network',
    id,
    name: label,
    status: STATUS[mark],
    external,
    shared,
    mtu,
    segment,
    subnets: more.subnets.map(({ id, name, cidr, gateway, dhcp }) => ({
      id,
      name,
      cidr,
      gateway_ip: gateway,
      enable_dhcp: dhcp,
    })),
    services: more.services.map(({ id, name, addresses, mark }) => ({
      port_id: id,
      name,
      addresses,
      status: STATUS[mark],
    })),
    free_floating_ips: more.freeFloatingIps.map(({ address }) => address),
  }
}

function routerJson({ id, label, mark, ha, distributed, routes }: Router): JsonObject {
  return { kind: 'router', id, name: label, status: STATUS[mark], ha, distributed, routes: routes as Json }
}

function linkJson(edge: Edge): JsonObject {
  const { kind, from, to } = edge
  if (edge.kind !== 'port') {
    const { port, addresses, mark, snat } = edge.link
    const ends = { kind, source: from, target: to, port_id: port, addresses, status: STATUS[mark] }
    return edge.kind === 'gateway' ? { ...ends, enable_snat: snat } : ends
  }
  const { id, addresses, mark, floatingIps, securityGroups } = edge.port
  return {
    kind,
    source: from,
    target: to,
    port_id: id,
    addresses,
    status: STATUS[mark],
    floating_ips: floatingIps.map(floatingIpJson),
    security_groups: securityGroups,
  }
}

function floatingIpJson({ id, address, fixed }: FloatingIp): JsonObject {
  return { id, floating_ip_address: address, fixed_ip_address: fixed }
}
