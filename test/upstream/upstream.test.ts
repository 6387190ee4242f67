/**
 * Neutrino beside upstream's own server: the same requests to both, and the answers the same but for what differs on
 * purpose. Needs Debian's packages `neutron-server`, `python3-pymysql` and `mariadb-server`; a longer suite, run by name.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { agents } from './agents.steps.ts'
import { Both, type Step } from './both.ts'
import type { Difference } from './compare.ts'
import { INTENDED, type Intended, intendedFor } from './differences.ts'
import { bodies, lists, networks, providers } from './networks.steps.ts'
import { floating, interfaces, routers } from './routers.steps.ts'
import { discovery, quotas, rules, securityGroups } from './security.steps.ts'
import { startNeutrino, startUpstream } from './servers.ts'
import { exhaustion, ports, subnets } from './subnets.steps.ts'

const SCENARIOS: { readonly [name: string]: readonly Step[] } = {
  networks,
  providers,
  lists,
  bodies,
  subnets,
  ports,
  exhaustion,
  routers,
  interfaces,
  floating,
  securityGroups,
  rules,
  quotas,
  discovery,
  agents,
}
/** Extensions of releases newer than the one compared with. */
const NEWER = [
  'quota-check-limit-default',
  'router-enable-snat',
  'security-groups-rules-belongs-to-default-sg',
  'sort-key-validation',
  'subnet-external-network',
  'tag-creation',
  'tag-ports-during-bulk-creation',
]

const theirs = await startUpstream()
const ours = await startNeutrino()
after(async () => {
  await ours[Symbol.asyncDispose]()
  await theirs[Symbol.asyncDispose]()
})
const both = new Both(ours.url, theirs.url)
const used = new Set<Intended>()

test('every extension upstream does not list is a newer one', async () => {
  const { onlyOurs } = await both.learn()
  assert.deepEqual(
    onlyOurs.filter((alias) => !NEWER.includes(alias)),
    [],
  )
})

for (const [name, steps] of Object.entries(SCENARIOS)) {
  test(`${name}: upstream answers the same`, async (t) => {
    // Agents change what becomes of ports and routers, so they come last.
    if (steps === agents) for (const server of [ours, theirs]) await server.seed()
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

test('every difference on purpose was seen', () => {
  assert.deepEqual(
    INTENDED.filter((one) => !used.has(one)).map(({ why }) => why),
    [],
  )
})

function described({ at, ours: here, theirs: there }: Difference): string {
  const text = (value: unknown) => (JSON.stringify(value) ?? 'nothing').slice(0, 300)
  return `  ${at}\n    ours:   ${text(here)}\n    theirs: ${text(there)}`
}
