/**
 * Flows of bridges, read and changed by ovs-ofctl: one process for a change of any size, applied as one bundle, so that
 * no packet meets half of it. Source: ovs-ofctl(8), `add-flows --bundle`.
 */
import { run } from '#linux/command.ts'
import { bundleText, cookiesOf, type FlowChange } from './flow.ts'

export interface OpenflowOptions {
  /** Where ovs-vswitchd keeps its sockets: OVS_RUNDIR. */
  readonly rundir: string
  readonly timeoutMs: number
}

export interface Openflow {
  /** Cookies of all flows the bridge has. */
  cookies(bridge: string, signal: AbortSignal): Promise<Set<string>>
  /** All of it or nothing. */
  change(bridge: string, change: FlowChange, signal: AbortSignal): Promise<void>
  /** Removes flows by a match, as ovs-ofctl's `del-flows` takes it. */
  remove(bridge: string, matches: readonly string[], signal: AbortSignal): Promise<void>
}

/** The folder of ovs-vswitchd's sockets: that of the database's, or the usual one. */
export function rundirOf(ovsdbConnection: string): string {
  if (ovsdbConnection.startsWith('unix:')) return ovsdbConnection.slice(5).replace(/\/[^/]*$/, '') || '/'
  return process.env.OVS_RUNDIR ?? '/var/run/openvswitch'
}

export function managementSocket(rundir: string, bridge: string): string {
  return `${rundir}/${bridge}.mgmt`
}

export function openflow({ rundir, timeoutMs }: OpenflowOptions): Openflow {
  const ofctl = (args: readonly string[], signal: AbortSignal, input?: string) =>
    run(['ovs-ofctl', '-O', 'OpenFlow13', ...args], { timeoutMs, signal, ...(input !== undefined && { input }) })
  const at = (bridge: string) => `unix:${managementSocket(rundir, bridge)}`
  return {
    cookies: async (bridge, signal) => cookiesOf(await ofctl(['--no-stats', 'dump-flows', at(bridge)], signal)),
    async change(bridge, change, signal) {
      if (change.add.length === 0 && change.remove.length === 0) return
      await ofctl(['--bundle', 'add-flows', at(bridge), '-'], signal, bundleText(change))
    },
    async remove(bridge, matches, signal) {
      if (matches.length === 0) return
      const lines = matches.map((match) => `delete ${match}\n`).join('')
      await ofctl(['--bundle', 'add-flows', at(bridge), '-'], signal, lines)
    },
  }
}
