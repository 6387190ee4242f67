/**
 * An agent's state report, told to the server again and again: who it is, where, and what it serves. A server that does
 * not answer changes nothing on the host: the report is tried again, soon at first, and the data plane stays.
 * Source: reference of agents and RPC, §3.
 */

import type { Clock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import { newId, newRequestId } from '#base/ids.ts'
import { type Closeable, sleep } from '#base/lifetime.ts'
import type { Log } from '#base/log.ts'
import { type AgentState, agentState } from '#rpc/contract/agent-state.ts'
import { client, type Transport } from '#rpc/rpc.ts'

/** The first pause after a report that failed; doubles up to the interval. */
const RETRY_MS_MIN = 250
const CALL_MS_MIN = 5_000
const CALL_MS_MAX = 60_000

/** What an agent says of itself; the rest of a report is made here. */
export type ReportedState = Omit<AgentState, 'uuid' | 'start_flag'>

export interface ReportOptions {
  readonly transport: Transport
  /** Asked before each report: `configurations` carry counts that change. */
  readonly state: () => ReportedState | Promise<ReportedState>
  /** `[agent] report_interval`, in milliseconds. */
  readonly intervalMs: number
  /** The server had given this agent up: everything must be read again. */
  readonly onRevived: () => void
  readonly log: Log
  readonly clock: Clock
}

export interface Reports extends Closeable {
  /** Resolves with the first report the server took; rejects when it is closed before. */
  readonly first: Promise<void>
}

/** Reports at once, then every interval, and at once when the bus comes back. */
export function startReports(options: ReportOptions): Reports {
  const { transport, intervalMs, log } = options
  const stop = new AbortController()
  const first = Promise.withResolvers<void>()
  first.promise.catch(() => {})
  let wake = new AbortController()
  let started = false
  transport.onConnect(() => wake.abort())

  const loop = async () => {
    let failures = 0
    while (!stop.signal.aborted) {
      wake = new AbortController()
      try {
        await report(options, !started, stop.signal)
        started = true
        failures = 0
        first.resolve()
      } catch (error) {
        if (stop.signal.aborted) break
        failures++
        log.warn('state report failed', { failures, error })
      }
      const pauseMs = failures === 0 ? intervalMs : Math.min(RETRY_MS_MIN * 2 ** (failures - 1), intervalMs)
      await sleep(pauseMs, AbortSignal.any([stop.signal, wake.signal])).catch(() => {})
    }
  }
  const done = loop()
  return {
    first: first.promise,
    close: async () => {
      stop.abort(new OperatingError('the agent stops'))
      first.reject(stop.signal.reason)
      await done
    },
  }
}

async function report(
  { transport, state, intervalMs, onRevived, log, clock }: ReportOptions,
  starting: boolean,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = Math.min(Math.max(intervalMs, CALL_MS_MIN), CALL_MS_MAX)
  const reports = client(transport, agentState, {
    timeoutMs,
    context: () => ({ request_id: newRequestId(), is_admin: true }),
  })
  const said = await state()
  const answer = await reports.call(
    'report_state',
    {
      agent_state: { agent_state: { ...said, uuid: newId(), ...(starting ? { start_flag: true } : {}) } },
      time: new Date(clock.now()).toISOString().slice(0, -1),
    },
    { signal },
  )
  // The clocks disagree, or the message waited while the server started: it must be told again.
  if (answer === null) throw new OperatingError('the report is older than the server')
  if (answer !== 'revived') return
  log.info('agent revived', { agent_type: said.agent_type, host: said.host })
  onRevived()
}
