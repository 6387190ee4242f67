/** Reading networks and ports, as clients do: one, all, a page, by filter. */

import type { Scenario } from './measure.ts'
import { type Bench, defineQuestion, renderRows, repeated } from './question.ts'

const SIZES = [1_000, 5_000, 10_000]

export default defineQuestion({
  question: 'How long does it take to show, list, page and filter networks and ports?',
  async run(bench) {
    await bench.liftQuotas()
    const sections: string[] = []
    sections.push('### Networks', await networks(bench))
    const { network_id } = await bench.network('lists', '10.0.0.0/16')
    let made = 0
    for (const size of SIZES) {
      const more = Array.from({ length: size - made }, (_, index) => ({
        network_id,
        name: `port-${made + index}`,
        device_id: `device-${(made + index) % 500}`,
      }))
      const created = await bench.create('port', more)
      made = size
      sections.push(`### ${size} ports`, await bench.measure(ports(size, created[0]!.id)))
      sections.push(`Memory of the server afterwards: ${bench.server.memory().toFixed(0)} MiB (proportional set size).`)
    }
    return sections.join('\n\n')
  },
})

async function networks(bench: Bench): Promise<string> {
  const named = (from: number, count: number) =>
    bench.create(
      'network',
      Array.from({ length: count }, (_, index) => ({ name: `network-${from + index}` })),
    )
  const [first] = await named(0, 100)
  const hundred = await bench.measureRows([
    {
      name: 'list 100 networks',
      counts: { one: 200, sixteen: 1_000 },
      requests: repeated('/v2.0/networks'),
      reference: { p50Ms: 63, rate: 27, floor: 20 },
    },
  ])
  await named(100, 900)
  const thousand = await bench.measureRows([
    {
      name: 'show one network',
      counts: { one: 1_000, sixteen: 8_000 },
      requests: repeated(`/v2.0/networks/${first!.id}`),
      reference: { p50Ms: 49, rate: 37, floor: 20 },
    },
    {
      name: 'page of 100 of 1,000 networks',
      counts: { one: 200, sixteen: 1_000 },
      requests: repeated('/v2.0/networks?limit=100'),
    },
    {
      name: 'list 1,000 networks',
      counts: { one: 50, sixteen: 200 },
      requests: repeated('/v2.0/networks'),
      reference: { p50Ms: 418, rate: 3.1, floor: 20 },
    },
  ])
  return renderRows([...hundred, ...thousand])
}

function ports(size: number, id: string): readonly Scenario[] {
  const whole: { readonly [size: number]: Scenario['reference'] } = {
    1000: { p50Ms: 584, rate: 3, floor: 20 },
    5000: { p50Ms: 2_808, rate: 0.39, floor: 20 },
  }
  const count = Math.max(10, Math.round(50_000 / size))
  const reference = whole[size]
  return [
    {
      name: 'show one port',
      counts: { one: 1_000, sixteen: 8_000 },
      requests: repeated(`/v2.0/ports/${id}`),
      reference: { p50Ms: 15, rate: 123, floor: 20 },
    },
    {
      name: `list ${size} ports, all fields`,
      counts: { one: count, sixteen: 3 * count },
      requests: repeated('/v2.0/ports'),
      ...(reference ? { reference } : {}),
    },
    {
      name: `list ${size} ports, three fields`,
      counts: { one: count, sixteen: 3 * count },
      requests: repeated('/v2.0/ports?fields=id&fields=name&fields=status'),
    },
    {
      name: `page of 100 of ${size} ports`,
      counts: { one: 300, sixteen: 1_600 },
      requests: repeated('/v2.0/ports?limit=100'),
      reference: { p50Ms: 56, rate: 23, floor: 20 },
    },
    {
      name: `page of 100 after a marker, by name, of ${size} ports`,
      counts: { one: 300, sixteen: 1_600 },
      requests: repeated(`/v2.0/ports?limit=100&sort_key=name&sort_dir=desc&marker=${id}`),
    },
    {
      name: `ports by device_id among ${size}`,
      counts: { one: 500, sixteen: 3_200 },
      requests: (count) =>
        Array.from({ length: count }, (_, index) => ({
          method: 'GET',
          path: `/v2.0/ports?device_id=device-${index % 500}`,
        })),
      reference: { p50Ms: 14, rate: 112, floor: 15 },
    },
  ]
}
