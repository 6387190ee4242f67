/** Shared by the tests of routers: a server with them on a database, and what they begin with. */
import assert from 'node:assert/strict'
import { spacedSeconds } from '#base/clock.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { agents } from '#extensions/agent/tables.ts'
import { discover } from '#plugin/discover.ts'
import type { OpenFresh } from '../databases.ts'
import { startTestApi, type TestApi } from '../fakes/api.ts'
import { ML2 } from '../fakes/core.ts'

const NEVER = new AbortController().signal

export interface World extends AsyncDisposable {
  readonly api: TestApi
  create(token: string, resource: string, values: JsonObject): Promise<JsonObject & { id: string }>
  put(token: string, path: string, body: JsonObject): Promise<JsonObject>
  /** The refusal's status, type and message. */
  refused(token: string, method: string, path: string, body?: JsonObject): Promise<[number, string, string]>
  rpc(method: string, args: JsonObject): Promise<Json>
  /** What agents would be told of everything since the last call. */
  told(): Promise<{ method: string; host: string | undefined; args: JsonObject }[]>
}

export async function world(openFresh: OpenFresh, services: readonly string[] = ['router']): Promise<World> {
  const features = await discover(services)
  const migrations = features.flatMap((feature) => feature.migrations)
  const database = await openFresh(migrations)
  const api = await startTestApi(database.store, features, ML2)
  let since = 0
  const told = async () => {
    const changes = await database.store.changesSince(since, 10_000)
    since = changes.at(-1)?.sequence ?? since
    const casts = await database.store.read(async (tx) => {
      const all = []
      for (const { resource, tell } of api.started.announcements) {
        const mine = changes.filter((change) => change.resource === resource)
        if (mine.length > 0) all.push(...(await tell({ tx, changes: mine })))
      }
      return all
    })
    return casts.filter(({ topic }) => topic === 'l3_agent').map(({ method, host, args }) => ({ method, host, args }))
  }
  const ok = async (token: string, method: string, path: string, body: JsonObject) => {
    const answer = await api.call(token, method, path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return answer.body
  }
  return {
    api,
    told,
    create: async (token, resource, values) =>
      (await ok(token, 'POST', `/v2.0/${resource}s`, { [resource]: values }))[resource],
    put: (token, path, body) => ok(token, 'PUT', `/v2.0${path}`, body),
    async refused(token, method, path, body) {
      const answer = await api.call(token, method, `/v2.0${path}`, body)
      assert.ok(answer.status >= 400, `${method} ${path} was not refused`)
      return [answer.status, answer.body.NeutronError.type, answer.body.NeutronError.message]
    },
    async rpc(method, args) {
      const endpoint = api.started.endpoints.find(({ topic, methods }) => topic === 'q-l3-plugin' && method in methods)
      return JSON.parse(JSON.stringify(await endpoint!.methods[method]!(args, NEVER)))
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

/** An external network 203.0.113.0/24 and, for alice, 10.0.0.0/24. */
export async function networks({ create }: World) {
  const ext = await create('admin', 'network', { name: 'ext', 'router:external': true })
  const extSubnet = await create('admin', 'subnet', { network_id: ext.id, ip_version: 4, cidr: '203.0.113.0/24' })
  const net = await create('alice', 'network', { name: 'in' })
  const subnet = await create('alice', 'subnet', { network_id: net.id, ip_version: 4, cidr: '10.0.0.0/24' })
  return { ext, extSubnet, net, subnet }
}

export async function withAgent({ api }: World, host = 'h1'): Promise<string> {
  const now = spacedSeconds(Date.now())
  const id = crypto.randomUUID()
  await api.started.store.transaction((tx) =>
    tx.insert(agents, [
      {
        id,
        agent_type: 'L3 agent',
        binary: 'neutron-l3-agent',
        topic: 'l3_agent',
        host,
        admin_state_up: true,
        created_at: now,
        started_at: now,
        heartbeat_timestamp: now,
        availability_zone: 'nova',
        description: null,
        configurations: {},
      },
    ]),
  )
  return id
}
