/**
 * Open vSwitch for one host: uses the one that runs, or starts it at the standard paths where nothing does (in a
 * container or a minimal system). What is started goes on when this process dies, so that no packet is lost.
 * Source: ovsdb-server(1), ovs-vswitchd(8); docs/adr/0003.
 */
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { OperatingError } from '#base/errors.ts'
import { sleep } from '#base/lifetime.ts'
import { run } from '#linux/command.ts'

export interface OpenvswitchPaths {
  readonly runDir: string
  readonly database: string
  readonly logDir: string
}

export interface Openvswitch {
  /** `ovsdb_connection` */
  readonly connection: string
  readonly datapathType: 'system' | 'netdev'
  /** Whether this call started it. */
  readonly started: boolean
}

export const STANDARD_PATHS: OpenvswitchPaths = {
  runDir: '/var/run/openvswitch',
  database: '/var/lib/openvswitch/conf.db',
  logDir: '/var/log/openvswitch',
}

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
const TIMEOUT = { timeoutMs: 15_000 }

/** @throws OperatingError when Open vSwitch is not installed, does not start, or works in another namespace. */
export async function ensureOpenvswitch(paths: OpenvswitchPaths = STANDARD_PATHS): Promise<Openvswitch> {
  const connection = `unix:${paths.runDir}/db.sock`
  const started = !(await answers(connection))
  if (started) await startDaemons(paths, connection)
  else refuseForeignNamespace(paths)
  return { connection, datapathType: (await kernelHasModule()) ? 'system' : 'netdev', started }
}

async function answers(connection: string): Promise<boolean> {
  try {
    // `--timeout` alone would wait for ovs-vswitchd too; `get` needs only the database.
    await run(
      ['ovs-vsctl', `--db=${connection}`, '--no-wait', '--timeout=3', 'get', 'Open_vSwitch', '.', 'cur_cfg'],
      TIMEOUT,
    )
    return true
  } catch {
    return false
  }
}

/** A switch that works in another network namespace makes its devices there, where nothing here can use them. */
function refuseForeignNamespace({ runDir }: OpenvswitchPaths): void {
  const pidFile = `${runDir}/ovs-vswitchd.pid`
  const pid = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : ''
  const namespaceOf = (process: string) => readlinkSync(`/proc/${process}/ns/net`)
  if (pid === '' || !existsSync(`/proc/${pid}`) || namespaceOf(pid) === namespaceOf('self')) return
  throw new OperatingError(
    `Open vSwitch at ${runDir} (process ${pid}) works in another network namespace; stop it, or run in that namespace`,
  )
}

async function startDaemons({ runDir, database, logDir }: OpenvswitchPaths, connection: string): Promise<void> {
  for (const folder of [runDir, logDir, dirname(database)]) mkdirSync(folder, { recursive: true })
  const env = { ...process.env, OVS_RUNDIR: runDir, OVS_LOGDIR: logDir, OVS_DBDIR: dirname(database) }
  const daemon = (program: string, ...args: readonly string[]) => [
    program,
    ...args,
    `--pidfile=${runDir}/${program}.pid`,
    `--log-file=${logDir}/${program}.log`,
    '--detach',
    '--no-chdir',
    '-vconsole:off',
  ]
  const options = { ...TIMEOUT, env }
  if (!existsSync(database)) await run(['ovsdb-tool', 'create', database, SCHEMA], options)
  await run(
    daemon('ovsdb-server', database, `--remote=p${connection}`, `--unixctl=${runDir}/ovsdb-server.ctl`),
    options,
  )
  await run(['ovs-vsctl', `--db=${connection}`, '--no-wait', 'init'], options)
  await run(daemon('ovs-vswitchd', connection), options)
  await run(
    ['ovs-vsctl', `--db=${connection}`, '--timeout=10', 'set', 'Open_vSwitch', '.', 'external_ids:neutrino=started'],
    options,
  )
}

async function kernelHasModule(): Promise<boolean> {
  if (existsSync('/sys/module/openvswitch')) return true
  try {
    await run(['modprobe', 'openvswitch'], TIMEOUT)
    return existsSync('/sys/module/openvswitch')
  } catch {
    return false
  }
}

/** Stops the daemons that `ensureOpenvswitch` started, unless bridges of somebody are left; answers whether it did. */
export async function stopOpenvswitch(paths: OpenvswitchPaths = STANDARD_PATHS): Promise<boolean> {
  const connection = `unix:${paths.runDir}/db.sock`
  const ask = (...words: readonly string[]) =>
    run(['ovs-vsctl', `--db=${connection}`, '--timeout=5', ...words], TIMEOUT)
  const bridges = await ask('list-br')
  const mine = (await ask('--if-exists', 'get', 'Open_vSwitch', '.', 'external_ids:neutrino')).includes('started')
  if (bridges.trim() !== '' || !mine) return false
  for (const program of ['ovs-vswitchd', 'ovsdb-server']) await terminate(`${paths.runDir}/${program}.pid`)
  rmSync(paths.database, { force: true })
  rmSync(`${dirname(paths.database)}/.${paths.database.split('/').at(-1)}.~lock~`, { force: true })
  return true
}

async function terminate(pidFile: string): Promise<void> {
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8'))
  try {
    process.kill(pid, 'SIGTERM')
    for (let waited = 0; waited < 5_000; waited += 50) {
      process.kill(pid, 0)
      await sleep(50)
    }
  } catch {
    // It is gone.
  }
}
