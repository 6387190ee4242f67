/**
 * An Open vSwitch of a test's own: ovsdb-server and ovs-vswitchd with sockets and database in a temporary folder, in
 * the namespaces the test runs in. Only the userspace datapath is used, which needs no kernel module: it makes the
 * devices `ovs-netdev` and one tap per bridge and internal port in the namespace ovs-vswitchd runs in. What was found
 * out about it: internal ports may be moved into namespaces; a deleted namespace takes the device along, and the port
 * then has to be deleted and made anew in two transactions; taps outlive ovs-vswitchd, and after its restart a new tap
 * of the same name stands in its own namespace while the old one, without a carrier, is still where it was moved to.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { run } from '#linux/command.ts'
import { type Ovsdb, openOvsdb } from '#linux/ovsdb/ovsdb.ts'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'

export interface TemporaryOvs extends AsyncDisposable {
  /** Of the sockets: what OVS_RUNDIR is for ovs-ofctl and ovs-appctl. */
  readonly rundir: string
  /** For `ovsdb_connection`. */
  readonly connection: string
  readonly ovsdb: Ovsdb
  /** `ovs-ofctl -O OpenFlow13 …`, `ovs-vsctl …`, `ovs-appctl …` against it. */
  run(argv: readonly string[]): Promise<string>
  /** Kills ovs-vswitchd and starts it again. */
  restartVswitchd(): Promise<void>
}

/** `within`: the network namespace its daemons run in, by name; the test's own without. */
export async function temporaryOvs({ within }: { readonly within?: string } = {}): Promise<TemporaryOvs> {
  const rundir = mkdtempSync(join(tmpdir(), 'ovs-'))
  const env = { ...process.env, OVS_RUNDIR: rundir, OVS_LOGDIR: rundir, OVS_DBDIR: rundir }
  const socket = join(rundir, 'db.sock')
  const connection = `unix:${socket}`
  const tool = (argv: readonly string[]) => run(argv, { timeoutMs: 20_000, env })

  await tool(['ovsdb-tool', 'create', join(rundir, 'conf.db'), SCHEMA])
  const enter = within === undefined ? [] : ['nsenter', `--net=/run/netns/${within}`, '--']
  const server = start(['ovsdb-server', join(rundir, 'conf.db'), `--remote=p${connection}`, '-vconsole:off'], env)
  await tool(['ovs-vsctl', `--db=${connection}`, '--retry', '--no-wait', '--timeout=10', 'init'])
  const startVswitchd = () =>
    start([...enter, 'ovs-vswitchd', connection, '-vconsole:off', '--log-file', '--pidfile'], env)
  let vswitchd = startVswitchd()
  const ovsdb = await openOvsdb({ connection, log: silentLog })

  return {
    rundir,
    connection,
    ovsdb,
    run: ([program, ...args]) => tool([program!, ...(program === 'ovs-vsctl' ? [`--db=${connection}`] : []), ...args]),
    async restartVswitchd() {
      await stop(vswitchd)
      vswitchd = startVswitchd()
    },
    async [Symbol.asyncDispose]() {
      await ovsdb.close()
      await stop(vswitchd)
      await stop(server)
      rmSync(rundir, { recursive: true, force: true })
    },
  }
}

function start([program, ...args]: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(program!, args, { stdio: 'ignore', env })
  // A test that is killed takes its daemons along.
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
