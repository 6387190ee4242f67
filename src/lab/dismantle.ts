/**
 * Takes away what an instance of the service that no longer runs has left on the host: namespaces, processes, bridges.
 * Only what its state directory has a record of is touched.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { run } from '#linux/command.ts'
import { listNetns, removeNetns } from '#linux/netns.ts'
import { stopOpenvswitch } from './openvswitch.ts'
import { stopProcessesMentioning } from './processes.ts'
import { Records } from './record.ts'

export interface Remains {
  readonly state: string
  /** `ovsdb_connection` */
  readonly ovsdb: string
  readonly bridges: readonly string[]
}

export async function dismantle({ state, ovsdb, bridges }: Remains): Promise<void> {
  await stopProcessesMentioning(state)
  for (const name of namespacesOf(state)) await removeNetns(name)
  const words = bridges.flatMap((bridge) => ['--', '--if-exists', 'del-br', bridge]).slice(1)
  const isThere = existsSync(ovsdb.replace(/^unix:/, ''))
  if (isThere) await run(['ovs-vsctl', `--db=${ovsdb}`, '--timeout=15', ...words], { timeoutMs: 20_000 })
  if (isThere) await stopOpenvswitch()
  rmSync(state, { recursive: true, force: true })
}

/** Names of the namespaces that exist and that the state has a record of. */
export function namespacesOf(state: string): string[] {
  const names = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []).map((name) => name.split('.')[0]!)
  const recorded = new Set([
    ...names(`${state}/lib/dhcp`).map((id) => `qdhcp-${id}`),
    ...names(`${state}/lib/l3-agent`).map((id) => `qrouter-${id}`),
    ...new Records(`${state}/instances`).list().map(({ netns }) => netns),
  ])
  return listNetns().filter((name) => recorded.has(name))
}
