/**
 * Everything on one host, in one process: server, built-in identity, agents and a stand-in for Nova, over SQLite and
 * the in-process bus. Answers once the API is up and every agent has brought the host about. What it wired stays when
 * it ends; the next start adopts it.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { systemClock } from '#base/clock.ts'
import type { Closeable } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { type LoadedConfig, loadConfig } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import type { OptionGroup } from '#config/options.ts'
import { renderCloudsYaml, renderNoauthCloudsYaml } from '#identity/clouds-yaml.ts'
import { REGION } from '#identity/server.ts'
import { run } from '#linux/command.ts'
import type { Transport } from '#rpc/rpc.ts'
import { localServerTransport } from '#rpc/transports/local.ts'
import { bridgesOf, type Files, type OneHost, writeFiles } from './one-host.ts'
import { ensurePublicNetwork, PUBLIC } from './public-network.ts'
import { type Server, startServer } from './server.ts'

export interface UpOptions {
  readonly state: string
  readonly host: string
  readonly port: number
  readonly identityPort: number
  readonly apiOnly: boolean
  readonly auth: 'keystone' | 'noauth'
  /** Give the host the external network's gateway address, so that floating IPs answer from it. */
  readonly hostAddress: boolean
  /** Files of the operator's own, read after the generated ones. */
  readonly configFiles: readonly string[]
  readonly log: Log
}

export interface Up extends Closeable {
  readonly url: string
  /** Null with noauth. */
  readonly authUrl: string | null
  readonly cloudsFile: string
  readonly one: OneHost
  /** Steps the agents took at their start; 0 over a host that was good. */
  readonly stepsTaken: () => number
}

type StartAgent = (host: AgentHost) => Promise<RunningAgent>

/** Loaded only where they run: without them the API is there sooner. */
const AGENTS: readonly { readonly file: string; readonly load: () => Promise<StartAgent> }[] = [
  { file: 'openvswitch_agent.ini', load: async () => (await import('#agents/l2/agent.ts')).startOpenvswitchAgent },
  { file: 'dhcp_agent.ini', load: async () => (await import('#agents/dhcp/agent.ts')).startDhcpAgent },
  { file: 'l3_agent.ini', load: async () => (await import('#agents/l3/agent.ts')).startL3Agent },
  { file: 'metadata_agent.ini', load: async () => (await import('#agents/metadata/agent.ts')).startMetadataAgent },
]
const SYNC_MS_MAX = 30_000

/** @throws when another instance runs over this state, or a part cannot start; nothing is left running then. */
export async function up(options: UpOptions): Promise<Up> {
  mkdirSync(options.state, { recursive: true, mode: 0o755 })
  const state = realpathSync(options.state)
  const closing: Closeable[] = [lock(state)]
  try {
    const groups = await discoverGroups()
    loadConfig({ groups, sources: options.configFiles.map((path) => ({ kind: 'file', path })) }) // bad: nothing is made
    const one = await describeHost({ ...options, state })
    const files = writeFiles(one)
    const read = (...names: readonly string[]) => readConfig(files, names, options, groups)
    const transport = await localServerTransport(`${state}/bus.sock`, { log: options.log })
    closing.unshift(transport)
    const config = read('ml2_conf.ini')
    const server = await startServer({ config, schema: 'upgrade', transport, log: options.log, clock: systemClock })
    closing.unshift(server)
    const cloudsFile = writeClouds(one, files, server)
    await ensurePublicNetwork(cloudsFile)
    const agents = one.apiOnly ? [] : await startAgents(one, files, { read, transport, log: options.log, closing })
    return {
      url: server.url,
      authUrl: one.auth === 'keystone' ? `http://${one.host}:${one.identityPort}/v3` : null,
      cloudsFile,
      one,
      stepsTaken: () => agents.reduce((sum, { stepsTaken }) => sum + stepsTaken, 0),
      close: () => closeAll(closing),
    }
  } catch (error) {
    await closeAll(closing)
    throw error
  }
}

async function closeAll(closing: readonly Closeable[]): Promise<void> {
  for (const part of closing) await part.close()
}

async function describeHost(options: UpOptions): Promise<OneHost> {
  const { state, host, port, identityPort, apiOnly, auth, hostAddress } = options
  const base = { state, host, port, identityPort, apiOnly, auth, novaPort: identityPort + 1 }
  if (apiOnly) return { ...base, datapathType: 'netdev', ovsdb: 'unix:/var/run/openvswitch/db.sock' }
  const { ensureOpenvswitch } = await import('#lab/openvswitch.ts')
  const { connection, datapathType } = await ensureOpenvswitch()
  const { external } = bridgesOf(state)
  const bridge = ['--may-exist', 'add-br', external, '--', 'set', 'Bridge', external, `datapath_type=${datapathType}`]
  await run(['ovs-vsctl', `--db=${connection}`, '--timeout=10', ...bridge], { timeoutMs: 15_000 })
  if (hostAddress) {
    const input = `link set ${external} up\naddress replace ${PUBLIC.gateway}/${PUBLIC.length} dev ${external}\n`
    await run(['ip', '-batch', '-'], { timeoutMs: 10_000, input })
  }
  return { ...base, datapathType, ovsdb: connection }
}

function readConfig(
  { etc }: Files,
  names: readonly string[],
  { configFiles, log }: UpOptions,
  groups: readonly OptionGroup[],
): LoadedConfig {
  const paths = [...['neutron.conf', ...names].map((name) => `${etc}/${name}`), ...configFiles]
  return loadConfig({ groups, sources: paths.map((path) => ({ kind: 'file', path })), log })
}

interface AgentParts {
  readonly read: (...names: readonly string[]) => LoadedConfig
  readonly transport: Transport
  readonly log: Log
  readonly closing: Closeable[]
}

async function startAgents(one: OneHost, { secrets }: Files, parts: AgentParts): Promise<readonly RunningAgent[]> {
  const { read, transport, log, closing } = parts
  const folder = `${one.state}/instances`
  const { startNovaMetadata } = await import('#lab/nova-metadata.ts')
  closing.unshift(await startNovaMetadata({ port: one.novaPort, secret: secrets.metadata, instances: folder, log }))
  const agents = await Promise.all(
    AGENTS.map(async ({ file, load }) => {
      const start = await load()
      const agent = await start({
        config: read(file),
        transport,
        log: log.child({ agent: file.replace('_agent.ini', '') }),
        clock: systemClock,
      })
      closing.unshift(agent)
      return agent
    }),
  )
  const late = AbortSignal.timeout(SYNC_MS_MAX)
  const synced = Promise.all(agents.map((agent) => agent.synced()))
  await Promise.race([synced, new Promise<void>((resolve) => late.addEventListener('abort', () => resolve()))])
  if (late.aborted) log.warn('agents are still busy bringing the host about')
  return agents
}

function writeClouds(one: OneHost, { secrets }: Files, { url }: Server): string {
  const file = `${one.state}/clouds.yaml`
  const authUrl = `http://${one.host}:${one.identityPort}/v3`
  const passwords = { adminPassword: secrets.admin, demoPassword: secrets.demo }
  const text =
    one.auth === 'keystone' ? renderCloudsYaml({ authUrl, region: REGION, ...passwords }) : renderNoauthCloudsYaml(url)
  writeFileSync(file, text, { mode: 0o600 })
  // Under sudo, it is for the person who typed the command.
  const { SUDO_UID, SUDO_GID } = process.env
  if (SUDO_UID !== undefined && SUDO_GID !== undefined) chownSync(file, Number(SUDO_UID), Number(SUDO_GID))
  return file
}

/** One instance per state directory. A lock whose process is gone counts for nothing. */
export function lock(state: string): Closeable {
  const file = `${state}/pid`
  const holder = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
  if (holder > 0 && holder !== process.pid && isNeutrino(holder)) {
    throw new Error(`process ${holder} runs over ${state} already; choose another with --state`)
  }
  writeFileSync(file, String(process.pid))
  return { close: async () => rmSync(file, { force: true }) }
}

function isNeutrino(pid: number): boolean {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return argv.some((word) => word.endsWith('/neutrino.ts')) // a dnsmasq of ours may have the number by now
  } catch {
    return false
  }
}
