/**
 * A switch of our own to try features in: its daemons run in a network namespace without a name, with database and
 * sockets in a temporary folder, so that the switch of the host is not touched. It is gone with `close`, and with this
 * process. Source: ovsdb-server(1), ovs-vswitchd(8), setpriv(1).
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { run } from '#linux/command.ts'

export interface Trial extends Closeable {
  readonly datapathType: string
  /** `ovs-vsctl` and `ovs-ofctl` words against it. @throws CommandError */
  vsctl(words: readonly string[]): Promise<string>
  /** Adds a flow, in ovs-ofctl's syntax, to the bridge BRIDGE. @throws CommandError when it is not taken */
  addFlow(flow: string): Promise<void>
}

export const BRIDGE = 'trial'

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
const STEP_MS_MAX = 8_000
const LIFE_MS_MAX = 120_000

/** @throws OperatingError when Open vSwitch is not installed or does not start. */
export async function openTrial(datapathType: string): Promise<Trial> {
  if (process.getuid?.() !== 0) throw new OperatingError('a switch of our own can be made by root alone')
  if (!existsSync(SCHEMA)) throw new OperatingError(`${SCHEMA} is not there: Open vSwitch is not installed`)
  const folder = mkdtempSync(join(tmpdir(), 'neutron-doctor-'))
  const env = { ...process.env, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder }
  const database = `unix:${folder}/db.sock`
  const stop = new AbortController()
  const running: Promise<unknown>[] = []
  // A kill of this process takes what it started along.
  const dying = ['setpriv', '--pdeathsig', 'KILL', '--']
  const daemon = (argv: readonly string[]) => {
    const options = { env, timeoutMs: LIFE_MS_MAX, signal: stop.signal }
    running.push(run(['unshare', '--net', '--', ...dying, ...argv, '-vconsole:off'], options).catch(() => {}))
  }
  const step = (argv: readonly string[]) => run([...dying, ...argv], { env, timeoutMs: STEP_MS_MAX })
  const vsctl = (words: readonly string[]) => step(['ovs-vsctl', `--db=${database}`, '--timeout=5', ...words])
  const sweep = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', sweep)
  const close = async () => {
    stop.abort(new OperatingError('the trial is over'))
    await Promise.all(running)
    sweep()
    process.off('exit', sweep)
  }
  try {
    await step(['ovsdb-tool', 'create', `${folder}/conf.db`, SCHEMA])
    daemon(['ovsdb-server', `${folder}/conf.db`, `--remote=p${database}`])
    await step(['ovs-vsctl', `--db=${database}`, '--retry', '--no-wait', '--timeout=5', 'init'])
    daemon(['ovs-vswitchd', database, '--pidfile'])
    await vsctl(['add-br', BRIDGE, '--', 'set', 'Bridge', BRIDGE, `datapath_type=${datapathType}`, 'fail_mode=secure'])
    // The database takes any datapath; whether the switch has it shows in the port of the bridge's own.
    if (!(Number(await vsctl(['get', 'Interface', BRIDGE, 'ofport'])) > 0)) {
      throw new OperatingError(`Open vSwitch could not make a bridge with datapath ${datapathType}`)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    datapathType,
    vsctl,
    addFlow: async (flow) => {
      await step(['ovs-ofctl', '-O', 'OpenFlow13', 'add-flow', `unix:${folder}/${BRIDGE}.mgmt`, flow])
    },
    close,
  }
}
