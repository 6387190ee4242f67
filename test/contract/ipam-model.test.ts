/**
 * Addresses of ports beside a model that keeps lists of them: pools, gateways, exhaustion, addresses asked for, made of
 * a MAC, given back and given again, one port or many at once. On every database, over HTTP.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '#base/json.ts'
import { equals } from '#base/predicate.ts'
import { ipAllocations } from '#core/port/tables.ts'
import { forEachDatabase } from '../databases.ts'
import { bounds, Cloud, migrations, refusal } from './model.ts'

/** A subnet as it is made, and what of it is given to those who do not choose. */
interface Shape {
  readonly values: JsonObject
  readonly open: readonly string[]
}

const range = (prefix: string, first: number, last: number, radix = 10) =>
  Array.from({ length: last - first + 1 }, (_, index) => `${prefix}${(first + index).toString(radix)}`)
const v4 = (values: JsonObject, open: readonly string[]): Shape => ({
  values: { ip_version: 4, cidr: '10.1.0.0/28', ...values },
  open,
})
const pool = (first: number, last: number) => ({ start: `10.1.0.${first}`, end: `10.1.0.${last}` })
const FIRST: readonly Shape[] = [
  v4({}, range('10.1.0.', 2, 14)),
  v4({ gateway_ip: '10.1.0.14' }, range('10.1.0.', 1, 13)),
  v4({ gateway_ip: null }, range('10.1.0.', 1, 14)),
  v4({ gateway_ip: '10.1.0.7' }, [...range('10.1.0.', 1, 6), ...range('10.1.0.', 8, 14)]),
  v4({ allocation_pools: [pool(9, 11), pool(3, 5)] }, [...range('10.1.0.', 3, 5), ...range('10.1.0.', 9, 11)]),
]
const SECOND: Shape = { values: { ip_version: 4, cidr: '10.2.0.0/29' }, open: range('10.2.0.', 2, 6) }
const STATEFUL: Shape = {
  values: {
    ip_version: 6,
    cidr: 'fd00:1::/124',
    ipv6_address_mode: 'dhcpv6-stateful',
    ipv6_ra_mode: 'dhcpv6-stateful',
  },
  open: range('fd00:1::', 1, 15, 16),
}
const AUTO: Shape = {
  values: { ip_version: 6, cidr: 'fd00:2::/64', ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' },
  open: [],
}

/** RFC 4291, appendix A, on fd00:2::/64. */
function eui64(mac: string): string {
  const [a, b, c, d, e, f] = mac.split(':').map((part) => Number.parseInt(part, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const groups = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f]
  return `fd00:2::${groups.map((group) => group.toString(16)).join(':')}`
}

const which = fc.nat(30)
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('any' as const), count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('exact' as const), offset: fc.nat(15), named: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('pair' as const) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), which, offset: fc.nat(15) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('empty' as const), which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wrong' as const), which }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('burst' as const), count: fc.integer({ min: 2, max: 6 }) }) },
  ),
  { minLength: 4, maxLength: 14 },
)
type Step = typeof steps extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never

const world = fc.record({
  first: fc.constantFrom(...FIRST),
  second: fc.boolean(),
  stateful: fc.boolean(),
  auto: fc.boolean(),
})
type World = typeof world extends fc.Arbitrary<infer Each> ? Each : never

/** One network, what its subnets give, and who has which address. */
class Model {
  readonly network: string
  readonly #cloud: Cloud
  readonly #open4: readonly string[]
  readonly #open6: readonly string[] | null
  readonly #hasAuto: boolean
  readonly subnets: readonly string[]
  readonly ports = new Map<string, { readonly mac: string; ips: readonly string[] }>()

  constructor(cloud: Cloud, network: string, subnets: readonly string[], { first, second, stateful, auto }: World) {
    this.#cloud = cloud
    this.network = network
    this.subnets = subnets
    this.#open4 = [...first.open, ...(second ? SECOND.open : [])]
    this.#open6 = stateful ? STATEFUL.open : null
    this.#hasAuto = auto
  }

  #taken(): readonly string[] {
    return [...this.ports.values()].flatMap(({ ips }) => ips)
  }

  #free(open: readonly string[]): number {
    const taken = this.#taken()
    return open.filter((ip) => !taken.includes(ip)).length
  }

  /** How many ports without wishes still fit. */
  #room(): number {
    return Math.min(this.#free(this.#open4), this.#open6 ? this.#free(this.#open6) : Number.POSITIVE_INFINITY)
  }

  #autoOf(mac: string): readonly string[] {
    return this.#hasAuto ? [eui64(mac)] : []
  }

  /** Nobody has been given what another has, or what nobody is given. */
  #admit(body: JsonObject, chosen: readonly string[] | null): void {
    const mac = body.mac_address as string
    const ips = (body.fixed_ips as readonly { readonly ip_address: string }[]).map(({ ip_address }) => ip_address)
    const taken = this.#taken()
    for (const ip of ips) assert.ok(!taken.includes(ip), `${ip} twice`)
    const rest = ips.filter((ip) => !this.#autoOf(mac).includes(ip))
    assert.equal(ips.length - rest.length, this.#hasAuto ? 1 : 0)
    if (chosen) {
      assert.deepEqual(rest.toSorted(), chosen.toSorted())
    } else {
      assert.equal(rest.filter((ip) => this.#open4.includes(ip)).length, 1, rest.join())
      assert.equal(rest.filter((ip) => this.#open6?.includes(ip)).length, this.#open6 ? 1 : 0, rest.join())
      assert.equal(rest.length, this.#open6 ? 2 : 1)
    }
    this.ports.set(body.id as string, { mac, ips })
  }

  async take(step: Step): Promise<void> {
    const port = { network_id: this.network }
    const post = (body: object) => this.#cloud.call('POST', 'ports', body)
    const ids = [...this.ports.keys()]
    switch (step.do) {
      case 'any': {
        const room = this.#room()
        const answer = await post({ ports: Array.from({ length: step.count }, () => port) })
        if (step.count > room) assert.equal(refusal(answer), '409 IpAddressGenerationFailure')
        else for (const each of answer.body.ports) this.#admit(each, null)
        break
      }
      case 'burst': {
        const room = this.#room()
        const answers = await Promise.all(Array.from({ length: step.count }, () => post({ port })))
        const made = answers.filter(({ status }) => status === 201)
        assert.equal(made.length, Math.min(room, step.count), answers.map(({ text }) => text).join('\n'))
        for (const each of answers) {
          if (each.status === 201) this.#admit(each.body.port, null)
          else assert.equal(refusal(each), '409 IpAddressGenerationFailure')
        }
        break
      }
      case 'exact': {
        const ip_address = `10.1.0.${step.offset}`
        const fixed_ips = [{ ip_address, ...(step.named ? { subnet_id: this.subnets[0]! } : {}) }]
        const answer = await post({ port: { ...port, fixed_ips } })
        if (step.offset === 0 || step.offset === 15) {
          assert.equal(refusal(answer), `400 ${step.named ? 'InvalidIpForSubnet' : 'InvalidIpForNetwork'}`)
        } else if (this.#taken().includes(ip_address)) {
          assert.equal(refusal(answer), '409 IpAddressAlreadyAllocated')
        } else {
          assert.equal(answer.status, 201, answer.text)
          this.#admit(answer.body.port, [ip_address])
        }
        break
      }
      case 'pair': {
        const open = this.#open4.filter((ip) => ip.startsWith('10.1.'))
        const fixed_ips = [{ subnet_id: this.subnets[0]! }, { subnet_id: this.subnets[0]! }]
        const answer = await post({ port: { ...port, fixed_ips } })
        if (this.#free(open) < 2) {
          assert.equal(refusal(answer), '409 IpAddressGenerationFailure')
          break
        }
        const given = (answer.body.port.fixed_ips as { ip_address: string }[]).map(({ ip_address }) => ip_address)
        const own = given.filter((ip) => open.includes(ip))
        assert.equal(new Set(own).size, 2)
        this.#admit(answer.body.port, own)
        break
      }
      case 'delete': {
        const id = ids[step.which % Math.max(1, ids.length)]
        if (id === undefined) break
        assert.equal((await this.#cloud.call('DELETE', `ports/${id}`)).status, 204)
        this.ports.delete(id)
        break
      }
      case 'move':
      case 'empty': {
        const id = ids[step.which % Math.max(1, ids.length)]
        if (id === undefined) break
        const ip_address = step.do === 'move' ? `10.1.0.${Math.min(14, step.offset + 1)}` : null
        const fixed_ips = ip_address === null ? [] : [{ ip_address }]
        const answer = await this.#cloud.call('PUT', `ports/${id}`, { port: { fixed_ips } })
        const held = this.ports.get(id)!
        if (ip_address !== null && !held.ips.includes(ip_address) && this.#taken().includes(ip_address)) {
          assert.equal(refusal(answer), '409 IpAddressAlreadyAllocated')
          break
        }
        assert.equal(answer.status, 200, answer.text)
        held.ips = [...fixed_ips.map((each) => each.ip_address), ...this.#autoOf(held.mac)]
        break
      }
      case 'wrong':
        await this.#askWrongly(post, port, step.which)
        break
    }
  }

  async #askWrongly(post: (body: object) => Promise<Parameters<typeof refusal>[0]>, port: object, turn: number) {
    const ask = (...fixed_ips: object[]) => post({ port: { ...port, fixed_ips } })
    assert.equal(refusal(await ask({ ip_address: '192.0.2.1' })), '400 InvalidIpForNetwork')
    assert.equal(refusal(await ask({ ip_address: '192.0.2.1', subnet_id: this.subnets[0]! })), '400 InvalidIpForSubnet')
    if (this.#hasAuto) {
      assert.equal(refusal(await ask({ ip_address: `fd00:2::${turn + 2}` })), '400 AllocationOnAutoAddressSubnet')
    }
    const subnet = { network_id: this.network, ip_version: 6, subnetpool_id: 'prefix_delegation' }
    const delegated = await this.#cloud.call('POST', 'subnets', {
      subnet: { ...subnet, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' },
    })
    assert.equal(delegated.status, 400, delegated.text)
  }

  async check(): Promise<void> {
    const there = await this.#cloud.list(`ports?network_id=${this.network}&fields=id&fields=fixed_ips`)
    const text = (id: string, ips: readonly string[]) => `${id} ${ips.toSorted().join()}`
    assert.deepEqual(
      there
        .map(({ id, fixed_ips }) =>
          text(
            String(id),
            (fixed_ips as { ip_address: string }[]).map(({ ip_address }) => ip_address),
          ),
        )
        .toSorted(),
      [...this.ports].map(([id, { ips }]) => text(id, ips)).toSorted(),
    )
    assert.equal((await this.#cloud.list(`subnets?network_id=${this.network}`)).length, this.subnets.length)
  }
}

async function makeWorld(cloud: Cloud, chosen: World): Promise<Model> {
  const { id: network_id } = await cloud.create('network', { name: cloud.project() })
  const shapes = [
    chosen.first,
    ...(chosen.second ? [SECOND] : []),
    ...(chosen.stateful ? [STATEFUL] : []),
    ...(chosen.auto ? [AUTO] : []),
  ]
  const subnets: string[] = []
  for (const { values } of shapes) subnets.push((await cloud.create('subnet', { network_id, ...values })).id)
  return new Model(cloud, network_id, subnets, chosen)
}

forEachDatabase((_name, openFresh) => {
  test('addresses: any run of ports is given what lists of addresses would give', async (t) => {
    await using database = await openFresh(migrations)
    await using cloud = await Cloud.over(database)
    await fc.assert(
      fc.asyncProperty(world, steps, async (chosen, run) => {
        const model = await makeWorld(cloud, chosen)
        for (const step of run) {
          await model.take(step)
          await model.check()
        }
        const rows = await database.store.read((tx) =>
          tx.select(ipAllocations, { where: equals('network_id', model.network) }),
        )
        assert.deepEqual(
          rows.map(({ port_id, ip_address }) => `${port_id} ${ip_address}`).toSorted(),
          [...model.ports].flatMap(([id, { ips }]) => ips.map((ip) => `${id} ${ip}`)).toSorted(),
        )
      }),
      bounds(t),
    )
  })
})
