/**
 * Neutrino beside upstream's own server: the same requests to both, and the answers the same but for what differs on
 * purpose. Needs Debian's packages `neutron-server`, `python3-pymysql` and `mariadb-server`; a longer suite, run by name.
 */
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { after, test } from 'node:test'
import { Both, type Scenarios, type Step } from './both.ts'
import type { Difference } from './compare.ts'
import { INTENDED, type Intended, intendedFor } from './differences.ts'
import { startNeutrino, startUpstream } from './servers.ts'

/** `SCENARIOS=rbac,ports` runs only those. */
const ONLY = process.env.SCENARIOS?.split(',') ?? null

interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
  readonly agents: boolean
}

async function scenarios(): Promise<Scenario[]> {
  const files = globSync('*.steps.ts', { cwd: import.meta.dirname }).sort()
  const modules = (await Promise.all(files.map((file) => import(`./${file}`)))) as { readonly default: Scenarios }[]
  const all = modules.flatMap((module) =>
    Object.entries(module.default).map(([name, one]) =>
      'steps' in one ? { name, ...one } : { name, steps: one, agents: false },
    ),
  )
  return all.filter(({ name }) => ONLY?.includes(name) ?? true).sort((a, b) => Number(a.agents) - Number(b.agents))
}

/** Extensions of releases newer than the one compared with. */
const NEWER = [
  'agent_sort_key',
  'aap-reject-multicast',
  'external-gateway-multihoming',
  'network-ip-availability-details',
  'port-numa-affinity-policy-socket',
  'quota-check-limit-default',
  'router-enable-snat',
  'security-groups-rules-belongs-to-default-sg',
  'security-groups-default-rules',
  'security-groups-default-statefulness',
  'sort-key-validation',
  'subnet-external-network',
  'tag-creation',
  'tag-ports-during-bulk-creation',
  'uplink-status-propagation-updatable',
]

const chosen = await scenarios()
for (const name of ONLY ?? [])
  assert.ok(
    chosen.some((one) => one.name === name),
    `there is no scenario ${name}`,
  )
const theirs = await startUpstream()
const ours = await startNeutrino()
after(async () => {
  await ours[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
})
let seeded = false
const both = new Both(ours.url, theirs.url)
const used = new Set<Intended>()

test('every extension upstream does not list is a newer one', async () => {
  const { onlyOurs } = await both.learn()
  assert.deepEqual(
    onlyOurs.filter((alias) => !NEWER.includes(alias)),
    [],
  )
})

for (const { name, steps, agents } of chosen) {
  test(`${name}: upstream answers the same`, async (t) => {
    if (agents && !seeded) for (const server of [ours, theirs]) await server.seed()
    seeded ||= agents
    let same = 0
    const unexplained: string[] = []
    for (const step of steps) {
      const { title, differences } = await both.take(step, name)
      const open = differences.filter((difference) => {
        const intended = intendedFor(title, difference)
        if (intended) used.add(intended)
        return !intended
      })
      if (differences.length === 0) same += 1
      if (open.length > 0) unexplained.push(`${title}\n${open.map(described).join('\n')}`)
    }
    t.diagnostic(`${steps.length} requests, ${same} answered the same, ${steps.length - same} differ`)
    assert.equal(unexplained.join('\n\n'), '')
  })
}

if (ONLY === null) {
  test('every difference on purpose was seen', () => {
    assert.deepEqual(
      INTENDED.filter((one) => !used.has(one)).map(({ why }) => why),
      [],
    )
  })
}

function described({ at, ours: here, theirs: there }: Difference): string {
  const text = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 300)
  return `  ${at}\n    ours:   ${text(here)}\n    theirs: ${text(there)}`
}
