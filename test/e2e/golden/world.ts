/**
 * A world of the golden comparison: a server of its own, agents that report to it over its bus, and the objects that
 * are there before a command is run.
 */

import { writeFileSync } from 'node:fs'
import { newId } from '#base/ids.ts'
import type { Json, JsonObject } from '#base/json.ts'
import { sleep } from '#base/lifetime.ts'
import { silentLog } from '#base/log.ts'
import { type ApiClient, openClient, readCloud } from '#lab/api-client.ts'
import { agentState } from '#rpc/contract/agent-state.ts'
import { client } from '#rpc/rpc.ts'
import { localAgentTransport } from '#rpc/transports/local-agent.ts'
import { freePort, oneHost, sweep, temporaryState } from '../one-host.ts'
import type { Environment } from './clients.ts'
import { OBJECTS, type WorldObject } from './objects.ts'

export interface World extends AsyncDisposable {
  /** Ids by their names here: objects, agents, the projects `admin` and `demo`; `clouds` is a file, `api` a URL. */
  readonly ids: ReadonlyMap<string, string>
  /** How a client finds it, as that user. */
  env(user: 'admin' | 'demo' | 'nobody'): Environment
}

const AGENT_DOWN_SECONDS = 8
const REPORT_MS = 1_500
const REPORT_MS_MAX = 30_000
const DEAD_MS_MAX = 60_000
const CLOUDS = { admin: 'neutrino-admin', demo: 'neutrino-demo' } as const

interface ReportedAgent {
  readonly as: string
  readonly agent_type: string
  readonly host: string
  readonly binary: string
  readonly topic: string
  readonly configurations: JsonObject
  /** Reports once and never again. */
  readonly dead?: true
}

const AGENTS: readonly ReportedAgent[] = [
  {
    as: 'ovs',
    agent_type: 'Open vSwitch agent',
    host: 'host-1',
    binary: 'neutron-openvswitch-agent',
    topic: 'N/A',
    configurations: {
      tunnel_types: ['vxlan'],
      tunneling_ip: '192.0.2.1',
      bridge_mappings: { public: 'br-ex' },
      devices: 3,
    },
  },
  {
    as: 'dhcp',
    agent_type: 'DHCP agent',
    host: 'host-1',
    binary: 'neutron-dhcp-agent',
    topic: 'dhcp_agent',
    configurations: { dhcp_driver: 'dnsmasq', dhcp_lease_duration: 86_400, networks: 1 },
  },
  {
    as: 'l3',
    agent_type: 'L3 agent',
    host: 'host-1',
    binary: 'neutron-l3-agent',
    topic: 'l3_agent',
    configurations: { agent_mode: 'legacy', handle_internal_only_routers: true, routers: 1 },
  },
  {
    as: 'dead_dhcp',
    agent_type: 'DHCP agent',
    host: 'host-2',
    binary: 'neutron-dhcp-agent',
    topic: 'dhcp_agent',
    configurations: {},
    dead: true,
  },
]

/** Starts one, with everything in it. What went wrong on the way leaves nothing running. */
export async function startWorld(): Promise<World> {
  const state = temporaryState()
  const config = `${state}/golden.conf`
  writeFileSync(config, `[DEFAULT]\nagent_down_time = ${AGENT_DOWN_SECONDS}\n[agent]\nreport_interval = 2\n`)
  const [port, identityPort] = [String(await freePort()), String(await freePort())]
  const words = ['--api-only', '--port', port, '--identity-port', identityPort, '--config-file', config]
  await using stack = new AsyncDisposableStack()
  stack.defer(() => sweep(state))
  const host = stack.use(await oneHost(state, words))
  const clouds = `${host.state}/clouds.yaml`
  stack.use(await startAgents(`${host.state}/bus.sock`))
  const ids = await makeObjects(clouds, `http://127.0.0.1:${port}`)
  const ended = stack.move()
  return {
    ids,
    env: (user) => ({ HOME: state, ...(user !== 'nobody' && credentials(clouds, CLOUDS[user])) }),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  }
}

/** As the `OS_*` variables say it. */
function credentials(clouds: string, name: string): Environment {
  const cloud = readCloud(clouds, name)
  if ('endpoint' in cloud) throw new Error(`${clouds}: ${name} has no password`)
  return {
    OS_AUTH_URL: cloud.auth_url,
    OS_USERNAME: cloud.username,
    OS_PASSWORD: cloud.password,
    OS_PROJECT_NAME: cloud.project_name,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_IDENTITY_API_VERSION: '3',
  }
}

/** Reports of agents over the server's own bus, as agents send them; resolves once each has reported. */
async function startAgents(socket: string): Promise<AsyncDisposable> {
  const transport = localAgentTransport(socket, { log: silentLog })
  const reports = client(transport, agentState, { timeoutMs: REPORT_MS_MAX, context: () => ({}) })
  const stop = new AbortController()
  const report = async ({ as: _as, dead: _dead, ...agent }: ReportedAgent, start: boolean) => {
    const state = { ...agent, uuid: newId(), ...(start && { start_flag: true }) }
    const time = new Date().toISOString().slice(0, -1)
    await reports.call('report_state', { agent_state: { agent_state: state }, time })
  }
  for (const agent of AGENTS) await report(agent, true)
  const beat = async () => {
    while (!stop.signal.aborted) {
      await sleep(REPORT_MS, stop.signal).catch(() => {})
      if (stop.signal.aborted) return
      for (const agent of AGENTS) if (!agent.dead) await report(agent, false)
    }
  }
  const beating = beat()
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await beating
      await transport.close()
    },
  }
}

async function makeObjects(clouds: string, api: string): Promise<ReadonlyMap<string, string>> {
  const [admin, demo] = await Promise.all([openClient(clouds, CLOUDS.admin), openClient(clouds, CLOUDS.demo)])
  const ids = new Map<string, string>([
    ['admin', await admin.projectId()],
    ['demo', await demo.projectId()],
    ['clouds', clouds],
    ['api', api],
  ])
  const [external] = await admin.list('networks', { name: 'public' })
  ids.set('public', String(external!.id))
  ids.set('public_sub', String((external!.subnets as Json[])[0]))
  await untilDead(admin)
  for (const { agent_type, host, id } of await admin.list('agents')) {
    const known = AGENTS.find((agent) => agent.agent_type === agent_type && agent.host === host)
    ids.set(known!.as, String(id))
  }
  for (const each of OBJECTS) {
    const made = await make(each.by === 'demo' ? demo : admin, each, ids)
    if (typeof made.id === 'string') ids.set(each.as, made.id)
  }
  return ids
}

async function make(api: ApiClient, { at, body, put }: WorldObject, ids: ReadonlyMap<string, string>) {
  const path = fill(at, ids)
  const filled = JSON.parse(fill(JSON.stringify(body), ids)) as JsonObject
  if (put) return await api.put(`/v2.0/${path}`, filled)
  const key = path.split('/').at(-1)!.replaceAll('-', '_').replace(/ies$/, 'y').replace(/s$/, '')
  return ((await api.post(`/v2.0/${path}`, { [key]: filled }))[key] ?? {}) as JsonObject
}

/** The agent that has stopped is seen to be dead: what is made after is not given to it. */
async function untilDead(admin: ApiClient): Promise<void> {
  const end = performance.now() + DEAD_MS_MAX
  const dead = AGENTS.filter((agent) => agent.dead).length
  while ((await admin.list('agents', { alive: 'false' })).length !== dead) {
    if (performance.now() > end) throw new Error('an agent that does not report stays alive')
    await sleep(250)
  }
}

/** `{name}` in a text, by what it is called. @throws when nothing is called so */
export function fill(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const id = ids.get(name)
    if (id === undefined) throw new Error(`nothing is called '${name}' in ${text}`)
    return id
  })
}
