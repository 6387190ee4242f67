/**
 * Quotas beside a model that only counts: creates, bulk creates, creates at once, deletes and changed limits leave the
 * project with what the model says, and nobody gets past a limit. On every database.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forEachDatabase } from '../databases.ts'
import { bounds, Cloud, migrations, refusal } from './model.ts'

const RESOURCES = ['network', 'subnetpool', 'port', 'router'] as const
type Resource = (typeof RESOURCES)[number]

const resource = fc.constantFrom(...RESOURCES)
const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('create' as const), resource, count: fc.integer({ min: 1, max: 4 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('burst' as const), resource, count: fc.integer({ min: 2, max: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), resource, count: fc.nat(20) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constantFrom('limit' as const, 'force' as const),
        resource,
        count: fc.integer({ min: -1, max: 6 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), resource, count: fc.constant(0) }) },
  ),
  { minLength: 5, maxLength: 14 },
)

const PATH: { readonly [name in Resource]: string } = {
  network: 'networks',
  subnetpool: 'subnetpools',
  port: 'ports',
  router: 'routers',
}

forEachDatabase((_name, openFresh) => {
  test('quotas: any run of creates, deletes and limits is answered as counting answers it', async (t) => {
    await using database = await openFresh(migrations)
    await using cloud = await Cloud.over(database)
    const wire = await cloud.create('network', { name: 'wire' })
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const project = cloud.project()
        const item = (name: Resource) => ({
          project_id: project,
          ...(name === 'port' ? { network_id: wire.id, security_groups: [] } : {}),
          ...(name === 'subnetpool' ? { name: 'pool', prefixes: ['10.0.0.0/16'] } : {}),
        })
        const defaults = (await cloud.call('GET', `quotas/${project}/default`)).body.quota
        const limits = new Map<Resource, number>(RESOURCES.map((name) => [name, defaults[name]]))
        const held = new Map<Resource, string[]>(RESOURCES.map((name) => [name, []]))
        let isSet = false
        for (const step of run) {
          const limit = limits.get(step.resource)!
          const own = held.get(step.resource)!
          const room = limit < 0 ? Number.POSITIVE_INFINITY : Math.max(0, limit - own.length)
          const path = PATH[step.resource]
          const items = Array.from({ length: step.count }, () => item(step.resource))
          if (step.do === 'create') {
            const body = step.count === 1 ? { [step.resource]: items[0] } : { [path]: items }
            const answer = await cloud.call('POST', path, body)
            if (step.count > room) {
              assert.equal(refusal(answer), '409 OverQuota')
            } else {
              assert.equal(answer.status, 201, answer.text)
              const made = step.count === 1 ? [answer.body[step.resource]] : answer.body[path]
              own.push(...made.map(({ id }: { id: string }) => id))
            }
          } else if (step.do === 'burst') {
            const answers = await Promise.all(items.map((each) => cloud.call('POST', path, { [step.resource]: each })))
            const made = answers.filter(({ status }) => status === 201)
            for (const answer of answers) if (answer.status !== 201) assert.equal(refusal(answer), '409 OverQuota')
            assert.equal(made.length, Math.min(step.count, room), `${step.count} at once with room for ${room}`)
            own.push(...made.map(({ body }) => body[step.resource].id))
          } else if (step.do === 'delete') {
            if (own.length === 0) continue
            const [id] = own.splice(step.count % own.length, 1)
            assert.equal((await cloud.call('DELETE', `${path}/${id}`)).status, 204)
          } else if (step.do === 'reset') {
            const answer = await cloud.call('DELETE', `quotas/${project}`)
            assert.equal(answer.status, isSet ? 204 : 404)
            for (const name of RESOURCES) limits.set(name, defaults[name])
            isSet = false
          } else {
            const force = step.do === 'force' ? { force: true } : {}
            const quota = { [step.resource]: step.count, ...force }
            const answer = await cloud.call('PUT', `quotas/${project}`, { quota })
            if (step.do === 'limit' && step.count >= 0 && step.count < own.length) {
              assert.equal(refusal(answer), '400 HTTPBadRequest')
            } else {
              assert.equal(answer.status, 200, answer.text)
              assert.equal(answer.body.quota[step.resource], step.count)
              limits.set(step.resource, step.count)
              isSet = true
            }
          }
        }
        const { quota } = (await cloud.call('GET', `quotas/${project}/details`)).body
        for (const name of RESOURCES) {
          const there = await cloud.list(`${PATH[name]}?project_id=${project}&fields=id`)
          assert.deepEqual(there.map(({ id }) => id).toSorted(), held.get(name)!.toSorted())
          assert.deepEqual(quota[name], { limit: limits.get(name), used: there.length, reserved: 0 })
        }
      }),
      bounds(t),
    )
  })
})
