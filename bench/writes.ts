/** Creating, changing and deleting networks, subnets and ports. */
import type { Request } from './http.ts'
import type { Scenario } from './measure.ts'
import { type Bench, defineQuestion } from './question.ts'

export default defineQuestion({
  question: 'How long does it take to create, change and delete networks, subnets and ports?',
  async run(bench) {
    await bench.liftQuotas()
    const { network_id } = await bench.network('writes', '10.0.0.0/16')
    const empty = await bench.measure([...networks(bench), ...ports(bench, network_id)])
    await bench.create(
      'port',
      Array.from({ length: 10_000 }, () => ({ network_id })),
    )
    const full = await bench.measure([createPort(network_id)])
    return [
      '### From the start',
      empty,
      '### With 10,000 ports more in the network',
      full,
      `Memory of the server afterwards: ${bench.server.memory().toFixed(0)} MiB (proportional set size).`,
    ].join('\n\n')
  },
})

function networks(bench: Bench): readonly Scenario[] {
  return [
    {
      name: 'create network',
      counts: { one: 200, sixteen: 1_600 },
      requests: (count) =>
        Array.from({ length: count }, (_, index) =>
          post('network', { name: `network-${index}`, admin_state_up: true }),
        ),
      reference: { p50Ms: 95, rate: 14, floor: 40 },
    },
    {
      name: 'create subnet',
      counts: { one: 200, sixteen: 1_600 },
      async requests(count) {
        const made = await bench.create(
          'network',
          Array.from({ length: count }, () => ({ name: 'for a subnet' })),
        )
        return made.map(({ id }) => post('subnet', { network_id: id, ip_version: 4, cidr: '192.0.2.0/24' }))
      },
      reference: { p50Ms: 139, rate: 12, floor: 40 },
    },
  ]
}

function createPort(network_id: string): Scenario {
  return {
    name: 'create port (address from a /16)',
    counts: { one: 200, sixteen: 3_200 },
    requests: (count) =>
      Array.from({ length: count }, (_, index) => post('port', { network_id, name: `port-${index}` })),
    reference: { p50Ms: 229, rate: 5.1, floor: 50 },
  }
}

function ports(bench: Bench, network_id: string): readonly Scenario[] {
  const created = (count: number) =>
    bench.create(
      'port',
      Array.from({ length: count }, () => ({ network_id })),
    )
  return [
    createPort(network_id),
    {
      name: 'create 100 ports in one call',
      counts: { one: 20, sixteen: 64 },
      requests: (count) =>
        Array.from({ length: count }, () => ({
          method: 'POST',
          path: '/v2.0/ports',
          body: { ports: Array.from({ length: 100 }, () => ({ network_id })) },
        })),
      reference: { p50Ms: 19_300, floor: 100 },
    },
    {
      name: 'update port',
      counts: { one: 200, sixteen: 1_600 },
      async requests(count) {
        return (await created(count)).map(({ id }) => ({
          method: 'PUT',
          path: `/v2.0/ports/${id}`,
          body: { port: { name: 'changed' } },
        }))
      },
      reference: { p50Ms: 127, rate: 14, floor: 40 },
    },
    {
      name: 'delete port',
      counts: { one: 200, sixteen: 1_600 },
      async requests(count) {
        return (await created(count)).map(({ id }) => ({ method: 'DELETE', path: `/v2.0/ports/${id}` }))
      },
      reference: { p50Ms: 231, rate: 9, floor: 40 },
    },
  ]
}

function post(resource: string, values: object): Request {
  return { method: 'POST', path: `/v2.0/${resource}s`, body: { [resource]: values } }
}
