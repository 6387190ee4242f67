/**
 * A server with its bus, in process: what plugins answer is served, what they announce is cast, and a listener in the
 * place of each agent writes down what it is told.
 */
import { newId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { silentLog } from '#base/log.ts'
import type { PlainValues } from '#config/config.ts'
import { startNotifier } from '#notify/agents.ts'
import { discover, type Feature } from '#plugin/discover.ts'
import type { Transport } from '#rpc/rpc.ts'
import { serveEndpoints } from '#rpc/server.ts'
import { inProcessTransport } from '#rpc/transports/in-process.ts'
import type { Store } from '#store/store.ts'
import { startTestApi, type TestApi } from './api.ts'

export interface Told {
  readonly topic: string
  readonly host: string
  readonly method: string
  readonly args: JsonObject
}

export interface TestCloud extends TestApi {
  /** For an agent of flesh and blood. */
  readonly transport: Transport
  /** Calls a method as an agent would. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server answered
  rpc(method: string, args: JsonObject, topic?: string): Promise<any>
  /** A report of an agent; its first one says that it has started. */
  report(agentType: string, host: string, configurations?: JsonObject, zone?: string): Promise<string | null>
  /** Begins to write down what the agent of that topic and host is told. */
  listen(topic: string, host: string): Promise<void>
  /** Resolves with all calls of that method heard so far, once there is one; takes them off the list. */
  told(method: string): Promise<Told[]>
}

/** Every feature but the services. */
export async function coreFeatures(): Promise<Feature[]> {
  return await discover([])
}

const BINARIES: { readonly [agentType: string]: readonly [binary: string, topic: string] } = {
  'Open vSwitch agent': ['neutron-openvswitch-agent', 'N/A'],
  'DHCP agent': ['neutron-dhcp-agent', 'dhcp_agent'],
  'L3 agent': ['neutron-l3-agent', 'l3_agent'],
  'Metadata agent': ['neutron-metadata-agent', 'N/A'],
}

export async function startTestCloud(
  store: Store,
  features: readonly Feature[],
  values: PlainValues = {},
): Promise<TestCloud> {
  const transport = inProcessTransport({ log: silentLog })
  const api = await startTestApi(store, features, values, {
    ask: ({ topic, host, method, args, version }, timeoutMs) =>
      transport.call({ topic, host }, { method, args, version, context: {} }, { timeoutMs }),
  })
  const { endpoints, announcements } = api.started
  const served = await serveEndpoints({ transport, endpoints, host: 'server', log: silentLog })
  const notifier = await startNotifier({ store, transport, announcements, log: silentLog })
  const heard: Told[] = []
  const waiting = new Set<() => void>()
  const reported = new Set<string>()

  const rpc = (method: string, args: JsonObject, topic = 'q-plugin') =>
    transport.call({ topic }, { method, args, version: '1.0', context: {} }, { timeoutMs: 10_000 })

  return {
    ...api,
    transport,
    rpc,
    async report(agent_type, host, configurations = {}, zone) {
      const [binary = '', topic = ''] = BINARIES[agent_type] ?? []
      const start_flag = !reported.has(`${agent_type} ${host}`)
      reported.add(`${agent_type} ${host}`)
      const state = {
        agent_type,
        host,
        binary,
        topic,
        configurations,
        uuid: newId(),
        ...(start_flag && { start_flag }),
        ...(zone && { availability_zone: zone }),
      }
      const time = new Date().toISOString().slice(0, -1)
      const args = { agent_state: { agent_state: state }, time } as JsonObject
      return (await rpc('report_state', args, 'q-reports-plugin')) as string | null
    },
    async listen(topic, host) {
      await transport.serve(topic, host, async ({ method, args }): Promise<Json> => {
        heard.push({ topic, host, method, args })
        for (const wake of waiting) wake()
        return null
      })
    },
    told: (method) =>
      new Promise((resolve) => {
        const look = () => {
          const found = heard.filter((each) => each.method === method)
          if (found.length === 0) return
          waiting.delete(look)
          for (const each of found) heard.splice(heard.indexOf(each), 1)
          resolve(found)
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      await notifier.close()
      await served.close()
      await transport.close()
      await api[Symbol.asyncDispose]()
    },
  }
}
