/** Routers, gateways, floating IPs, and security groups. */
import type { Request } from './http.ts'
import type { Scenario } from './measure.ts'
import { type Bench, defineQuestion, repeated } from './question.ts'

export default defineQuestion({
  question: 'How long do routers, interfaces, gateways, floating IPs and security groups take?',
  async run(bench) {
    await bench.liftQuotas()
    const external = await externalNetwork(bench)
    return [await bench.measure([...routers(bench, external), ...groups(bench, await groupOf200(bench))])].join('\n')
  },
})

async function externalNetwork(bench: Bench): Promise<string> {
  const [network] = await bench.create('network', [{ name: 'outside', 'router:external': true }])
  const subnet = { network_id: network!.id, ip_version: 4, cidr: '172.24.0.0/16', enable_dhcp: false }
  await bench.create('subnet', [subnet])
  return network!.id
}

function routers(bench: Bench, external: string): readonly Scenario[] {
  const created = (count: number) =>
    bench.create(
      'router',
      Array.from({ length: count }, () => ({ name: 'router' })),
    )
  const counts = { one: 100, sixteen: 800 }
  return [
    {
      name: 'create router',
      counts,
      requests: (count) =>
        Array.from({ length: count }, () => ({
          method: 'POST',
          path: '/v2.0/routers',
          body: { router: { name: 'r' } },
        })),
      reference: { p50Ms: 40, rate: 48, floor: 15 },
    },
    {
      name: 'add router interface',
      counts,
      async requests(count) {
        const made = await created(count)
        const networks = await bench.create(
          'network',
          Array.from({ length: count }, () => ({ name: 'inside' })),
        )
        const cidr = '10.1.0.0/24'
        const inside = networks.map(({ id }) => ({ network_id: id, ip_version: 4, cidr }))
        const subnets = await bench.create('subnet', inside)
        return made.map(({ id }, index) => addInterface(id, subnets[index]!.id))
      },
      reference: { p50Ms: 718, rate: 2.1, floor: 50 },
    },
    {
      name: 'set router gateway',
      counts,
      async requests(count) {
        const body = { router: { external_gateway_info: { network_id: external } } }
        return (await created(count)).map(({ id }) => ({ method: 'PUT', path: `/v2.0/routers/${id}`, body }))
      },
      reference: { p50Ms: 1_076, rate: 1.3, floor: 50 },
    },
    {
      name: 'create floating IP',
      counts,
      requests: (count) =>
        Array.from({ length: count }, () => ({
          method: 'POST',
          path: '/v2.0/floatingips',
          body: { floatingip: { floating_network_id: external } },
        })),
      reference: { p50Ms: 341, rate: 3.4, floor: 40 },
    },
    {
      name: 'associate floating IP',
      counts,
      async requests(count) {
        const ports = await reachablePorts(bench, external, count)
        const items = Array.from({ length: count }, () => ({ floating_network_id: external }))
        const made = await bench.create('floatingip', items)
        return made.map(({ id }, index) => ({
          method: 'PUT',
          path: `/v2.0/floatingips/${id}`,
          body: { floatingip: { port_id: ports[index]! } },
        }))
      },
      reference: { p50Ms: 488, rate: 3.3, floor: 40 },
    },
  ]
}

function addInterface(router: string, subnet_id: string): Request {
  return { method: 'PUT', path: `/v2.0/routers/${router}/add_router_interface`, body: { subnet_id } }
}

/** Ports behind one router with a gateway. */
async function reachablePorts(bench: Bench, external: string, count: number): Promise<readonly string[]> {
  const { network_id, subnet_id } = await bench.network('behind', '10.2.0.0/16')
  const [router] = await bench.create('router', [{ external_gateway_info: { network_id: external } }])
  await bench.send(addInterface(router!.id, subnet_id))
  return (
    await bench.create(
      'port',
      Array.from({ length: count }, () => ({ network_id })),
    )
  ).map(({ id }) => id)
}

async function groupOf200(bench: Bench): Promise<string> {
  const [group] = await bench.create('security_group', [{ name: 'two hundred' }])
  await bench.create(
    'security_group_rule',
    Array.from({ length: 198 }, (_, index) => ruleOf(group!.id, index)),
  )
  return group!.id
}

function groups(bench: Bench, group: string): readonly Scenario[] {
  return [
    {
      name: 'create security group rule',
      counts: { one: 200, sixteen: 1_600 },
      async requests(count) {
        const [fresh] = await bench.create('security_group', [{ name: 'rules' }])
        return Array.from({ length: count }, (_, index) => ({
          method: 'POST',
          path: '/v2.0/security-group-rules',
          body: { security_group_rule: ruleOf(fresh!.id, index) },
        }))
      },
      reference: { p50Ms: 46, rate: 21, floor: 20 },
    },
    {
      name: 'show a group of 200 rules',
      counts: { one: 200, sixteen: 1_600 },
      requests: repeated(`/v2.0/security-groups/${group}`),
      reference: { p50Ms: 46, rate: 28, floor: 20 },
    },
  ]
}

function ruleOf(security_group_id: string, index: number): object {
  const port = index + 1
  return { security_group_id, direction: 'ingress', protocol: 'tcp', port_range_min: port, port_range_max: port }
}
