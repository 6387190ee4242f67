/**
 * Agents' state reports. A first, a restarted or a revived agent is written at once; a plain heartbeat is only noted and
 * written with all others of that moment, so that ten thousand agents cost a few statements a second and no transaction
 * each. What is noted and lost with this process is told again by the agent's next report.
 * Source: reference of agents and RPC, §3.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Clock, spacedSeconds } from '#base/clock.ts'
import { newId } from '#base/ids.ts'
import type { JsonObject } from '#base/json.ts'
import type { Log } from '#base/log.ts'
import type { AgentState } from '#rpc/contract/agent-state.ts'
import type { Store, Tx } from '#store/store.ts'
import { type Agent, agents, aliveSince } from './tables.ts'

/** Ids in one statement. */
const IDS_MAX = 500
/** Agents whose last report is remembered. */
const KNOWN_MAX = 50_000

export type Verdict = 'new' | 'alive' | 'revived'

export interface ReportsOptions {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly downTimeMs: number
  readonly enableNewAgents: boolean
  /** After the commit that made an agent new, restarted or revived. */
  readonly onArrival: (agent: Agent, verdict: Verdict) => void
}

/** What an agent said last, to this server. */
interface Known {
  readonly id: string
  readonly heartbeat: string
  readonly said: Said
}

type Said = Pick<Agent, 'binary' | 'topic' | 'availability_zone' | 'configurations'>

export class Reports {
  readonly #options: ReportsOptions
  readonly #startedAt: number
  readonly #known = new Map<string, Known>()
  /** Heartbeats to be written, by agent id. */
  readonly #heartbeats = new Set<string>()

  constructor(options: ReportsOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
  }

  /** `time` is the agent's clock, as it writes it. Null when the report is older than this server. */
  async report(state: AgentState & { readonly start_flag?: boolean }, time: string): Promise<Verdict | null> {
    const { clock, downTimeMs, log } = this.#options
    const now = clock.now()
    const sentAt = Date.parse(`${time}Z`)
    if (state.start_flag && Math.abs(now - sentAt) > downTimeMs) {
      log.warn('agent clock differs', { agent_type: state.agent_type, host: state.host, time })
    }
    if (sentAt < this.#startedAt) return null
    const key = keyOf(state)
    const known = this.#known.get(key)
    const plain = known !== undefined && !state.start_flag && known.heartbeat > aliveSince(now, downTimeMs)
    if (plain && isDeepStrictEqual(known.said, saidBy(state))) {
      this.#heartbeats.add(known.id)
      this.#remember(key, { ...known, heartbeat: spacedSeconds(now) })
      return 'alive'
    }
    return await this.#write(state, now)
  }

  /** Writes the heartbeats that were noted. */
  async flush(): Promise<void> {
    const { store, clock } = this.#options
    const ids = [...this.#heartbeats].sort()
    this.#heartbeats.clear()
    const heartbeat_timestamp = spacedSeconds(clock.now())
    for (let index = 0; index < ids.length; index += IDS_MAX) {
      const slice = ids.slice(index, index + IDS_MAX)
      const written = await store.transaction((tx) => tx.update(agents, { id: slice }, { heartbeat_timestamp }))
      // Somebody has deleted an agent that lives: its next report makes it anew.
      if (written < slice.length) this.#known.clear()
    }
  }

  /** The agent was deleted: its next report is its first. */
  forget(agent: Pick<Agent, 'agent_type' | 'host'>): void {
    this.#known.delete(keyOf(agent))
  }

  async #write(state: AgentState, now: number): Promise<Verdict> {
    const { store, downTimeMs, enableNewAgents, onArrival } = this.#options
    const { agent, verdict } = await store.transaction((tx) =>
      writeReport(tx, state, { now, downTimeMs, enableNewAgents }),
    )
    this.#remember(keyOf(state), { id: agent.id, heartbeat: agent.heartbeat_timestamp, said: saidBy(state) })
    if (verdict !== 'alive' || state.start_flag) onArrival(agent, verdict)
    return verdict
  }

  #remember(key: string, known: Known): void {
    this.#known.delete(key)
    this.#known.set(key, known)
    if (this.#known.size > KNOWN_MAX) this.#known.delete(this.#known.keys().next().value!)
  }
}

function keyOf({ agent_type, host }: Pick<Agent, 'agent_type' | 'host'>): string {
  return `${host} ${agent_type}`
}

function saidBy({ binary, topic, availability_zone = null!, configurations }: AgentState): Said {
  return { binary, topic, availability_zone, configurations: configurations ?? {} }
}

async function writeReport(
  tx: Tx,
  state: AgentState,
  { now, downTimeMs, enableNewAgents }: { now: number; downTimeMs: number; enableNewAgents: boolean },
): Promise<{ agent: Agent; verdict: Verdict }> {
  const { agent_type, host } = state
  const at = spacedSeconds(now)
  const before = await tx.find(agents, { agent_type, host })
  if (before) {
    const set = { ...saidBy(state), heartbeat_timestamp: at, ...(state.start_flag ? { started_at: at } : {}) }
    await tx.update(agents, { id: before.id }, set)
    const alive = before.heartbeat_timestamp > aliveSince(now, downTimeMs)
    return { agent: { ...before, ...set }, verdict: alive ? 'alive' : 'revived' }
  }
  const agent: Agent = {
    id: newId(),
    agent_type,
    host,
    ...saidBy(state),
    admin_state_up: enableNewAgents,
    created_at: at,
    started_at: at,
    heartbeat_timestamp: at,
    description: null,
  }
  // Another server may be told of the same agent at the same moment; the unique key decides, the other one finds it.
  if ((await tx.insertMissing(agents, [agent])) === 0) {
    return { agent: (await tx.find(agents, { agent_type, host })) ?? agent, verdict: 'alive' }
  }
  const detail: JsonObject = { agent_type, host }
  await tx.log([{ resource: 'agent', id: agent.id, kind: 'create', project_id: null, revision_number: 0, detail }])
  return { agent, verdict: 'new' }
}
