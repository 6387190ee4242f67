/**
 * Revision numbers beside a model that counts: every request that changes an object, or what belongs to it, adds
 * exactly one; one that changes nothing, or is refused, adds none. `If-Match` lets through who knows the number, and of
 * many who know it only the first. On every database.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '#base/json.ts'
import { forEachDatabase } from '../databases.ts'
import { bounds, Cloud, migrations, refusal } from './model.ts'

const RESOURCES = ['network', 'subnet', 'port', 'router', 'security_group', 'subnetpool'] as const
type Resource = (typeof RESOURCES)[number]

const resource = fc.constantFrom(...RESOURCES)
const name = fc.constantFrom('zero', 'a', 'b', 'c')
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('rename' as const), resource, name }),
    fc.record({ do: fc.constantFrom('match' as const, 'stale' as const, 'race' as const), resource, name }),
    fc.record({ do: fc.constantFrom('tag' as const, 'untag' as const, 'tags' as const), resource, name }),
    fc.record({ do: fc.constantFrom('bad' as const, 'both' as const), resource, name }),
  ),
  { minLength: 5, maxLength: 20 },
)

const pathOf = (of: Resource) => `${of.replaceAll('_', '-')}s`

interface Known {
  readonly id: string
  revision: number
  name: string
  tags: readonly string[]
}

forEachDatabase((_name, openFresh) => {
  test('revisions: any run of requests counts as a model counts it', async (t) => {
    await using database = await openFresh(migrations)
    await using cloud = await Cloud.over(database)
    await fc.assert(
      fc.asyncProperty(steps, async (run) => {
        const objects = await makeOneOfEach(cloud)
        const read = async (of: Resource) =>
          (await cloud.call('GET', `${pathOf(of)}/${objects.get(of)!.id}`)).body[of] as JsonObject
        for (const [of, object] of objects) object.revision = (await read(of)).revision_number as number

        for (const step of run) {
          const object = objects.get(step.resource)!
          const path = `${pathOf(step.resource)}/${object.id}`
          const count = () => {
            object.revision += 1
            // A subnet belongs to its network.
            if (step.resource === 'subnet') objects.get('network')!.revision += 1
          }
          const put = (values: object, headers = {}) => cloud.call('PUT', path, { [step.resource]: values }, headers)
          const renamed = () => {
            if (object.name !== step.name) count()
            object.name = step.name
          }
          const knowing = (revision: number) => ({ 'if-match': `revision_number=${revision}` })
          const tagged = async (method: string, tail: string, tags: readonly string[], body?: object) => {
            const answer = await cloud.call(method, `${path}/tags${tail}`, body)
            assert.ok(answer.status < 300, answer.text)
            if (tags.join() !== object.tags.join()) count()
            object.tags = tags
          }
          switch (step.do) {
            case 'rename':
              assert.equal((await put({ name: step.name })).status, 200)
              renamed()
              break
            case 'match':
              assert.equal((await put({ name: step.name }, knowing(object.revision))).status, 200)
              renamed()
              break
            case 'stale':
              for (const wrong of [object.revision + 1, object.revision - 1, -5]) {
                const answer = await put({ name: `${step.name}!` }, knowing(wrong))
                assert.equal(refusal(answer), '412 RevisionNumberConstraintFailed')
              }
              break
            case 'race': {
              const known = knowing(object.revision)
              const names = ['r1', 'r2', 'r3'].map((each) => `${each}${step.name}${object.revision}`)
              const answers = await Promise.all(names.map((each) => put({ name: each }, known)))
              const won = answers.filter(({ status }) => status === 200)
              assert.equal(won.length, 1, answers.map(({ status }) => status).join())
              object.name = won[0]!.body[step.resource].name
              count()
              break
            }
            case 'bad':
              assert.equal(refusal(await put({ name: step.name, nonsense: 1 })), '400 HTTPBadRequest')
              break
            case 'both': {
              const description = `described at ${object.revision}`
              assert.equal((await put({ name: step.name, description })).status, 200)
              object.name = step.name
              count()
              break
            }
            case 'tag':
              await tagged('PUT', `/${step.name}`, [...new Set([...object.tags, step.name])].sort())
              break
            case 'untag':
              if (!object.tags.includes(step.name)) break
              await tagged(
                'DELETE',
                `/${step.name}`,
                object.tags.filter((tag) => tag !== step.name),
              )
              break
            case 'tags':
              await tagged('PUT', '', ['x', 'y'], { tags: ['y', 'x'] })
              break
          }
        }
        for (const [of, { revision, name: called, tags }] of objects) {
          const now = await read(of)
          assert.deepEqual(
            { revision: now.revision_number, name: now.name, tags: [...(now.tags as string[])].sort() },
            { revision, name: called, tags },
            of,
          )
        }
      }),
      bounds(t),
    )
  })
})

async function makeOneOfEach(cloud: Cloud): Promise<Map<Resource, Known>> {
  const project_id = cloud.project()
  const network = await cloud.create('network', { project_id, name: 'zero' })
  const name = 'zero'
  const made = {
    network,
    subnet: await cloud.create('subnet', {
      name,
      project_id,
      network_id: network.id,
      ip_version: 4,
      cidr: '10.0.0.0/24',
    }),
    port: await cloud.create('port', { name, project_id, network_id: network.id }),
    router: await cloud.create('router', { name, project_id }),
    security_group: await cloud.create('security_group', { project_id, name }),
    subnetpool: await cloud.create('subnetpool', { project_id, name, prefixes: ['10.9.0.0/16'] }),
  }
  return new Map(RESOURCES.map((of) => [of, { id: made[of].id, revision: 0, name: 'zero', tags: [] }]))
}
