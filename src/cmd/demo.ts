/**
 * The main job, done for real on this host and checked: two projects, networks, a router with a gateway, instances that
 * get addresses and metadata, floating IPs behind security groups. Runs over a state directory of its own, so that it
 * neither sees nor disturbs `./neutrino up`.
 */
import { existsSync } from 'node:fs'
import { sleep } from '#base/lifetime.ts'
import { dismantle, namespacesOf } from '#lab/dismantle.ts'
import { ensureOutside, type OutsideOptions, removeOutside } from '#lab/outside.ts'
import { processesMentioning } from '#lab/processes.ts'
import { demoSteps } from './demo-steps.ts'
import { DemoWorld } from './demo-world.ts'
import { createLog } from './log.ts'
import { bridgesOf, readOneHost } from './one-host.ts'
import { PUBLIC } from './public-network.ts'
import { duration, type Outcome, type Terminal } from './terminal.ts'
import { lock, type Up, up } from './up.ts'

export interface DemoFlags {
  readonly exit: boolean
  readonly port: number
  readonly identityPort: number
}

const STATE = '/var/lib/neutrino-demo'
const GONE_MS_MAX = 10_000

/** Answers whether every check passed. Without `--exit`, waits for Ctrl-C before it takes everything away. */
export async function demo(terminal: Terminal, flags: DemoFlags): Promise<boolean> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const outcomes: Outcome[] = []
  const step = async (title: string, run: () => Promise<string>) => {
    const outcome = await terminal.step(title, run)
    outcomes.push(outcome)
    return outcome.ok
  }
  const stage = new Stage()
  try {
    terminal.heading('Neutrino: the main job, on this host')
    const isUp = await step('service, agents and switch are up', () => stage.open(flags))
    if (isUp) await runSteps(terminal, stage, step, stop.signal)
    report(terminal, outcomes)
    if (isUp && !flags.exit) {
      howToGoOn(terminal, stage)
      await until(stop.signal)
      terminal.line()
    }
  } finally {
    await step('everything is taken away again', () => stage.close())
  }
  return !(stop.signal.aborted && flags.exit) && outcomes.every(({ ok }) => ok)
}

async function runSteps(
  terminal: Terminal,
  stage: Stage,
  step: (title: string, run: () => Promise<string>) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  for (const { heading, title, run } of demoSteps(stage.world)) {
    if (signal.aborted) return
    if (heading) terminal.heading(heading)
    if (!(await step(title, run))) return
  }
  terminal.heading('What was built')
  terminal.line(stage.world.picture())
}

function report(terminal: Terminal, outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ ok }) => !ok)
  const time = duration(outcomes.reduce((sum, { ms }) => sum + ms, 0))
  const text = failed.length === 0 ? `${outcomes.length} checks passed in ${time}.` : `Failed: ${failed[0]!.title}.`
  terminal.line(`\n${terminal.paint(failed.length === 0 ? 'green' : 'red', text)}`)
}

function howToGoOn(terminal: Terminal, { running, outside }: Stage): void {
  terminal.heading('How to go on')
  terminal.line(`  export OS_CLIENT_CONFIG_FILE=${running.cloudsFile} OS_CLOUD=neutrino-demo`)
  terminal.line('  openstack network list')
  terminal.line('  openstack floating ip list')
  terminal.line('  openstack --os-cloud neutrino-admin network agent list')
  terminal.line(`  sudo ./neutrino instance exec web-1 --state ${STATE} -- ping -c 3 ${PUBLIC.gateway}`)
  terminal.line(`  sudo ip netns exec ${outside.name} ping -c 3 FLOATING-IP`)
  terminal.line(`\n  The log is ${STATE}/neutrino.log. Ctrl-C takes everything away again.`)
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** The service and the world outside, as long as the demo runs. */
class Stage {
  running!: Up
  world!: DemoWorld
  readonly outside: Pick<OutsideOptions, 'name'> = { name: 'neutrino-out' }
  #outside: OutsideOptions | null = null

  async open({ port, identityPort }: DemoFlags): Promise<string> {
    await removeRemains()
    const log = await createLog({ name: 'neutrino', debug: false, json: false, file: `${STATE}/neutrino.log` })
    const auth = 'keystone' as const
    const flags = { host: '127.0.0.1', port, identityPort, auth, apiOnly: false, hostAddress: false, configFiles: [] }
    this.running = await up({ ...flags, state: STATE, log })
    this.#outside = {
      ...this.outside,
      bridge: bridgesOf(STATE).external,
      ovsdb: this.running.one.ovsdb,
      address: `${PUBLIC.gateway}/${PUBLIC.length}`,
      folder: `${STATE}/outside`,
    }
    const outside = await ensureOutside(this.#outside)
    this.world = await DemoWorld.open(this.running, outside)
    return `API ${this.running.url}, datapath ${this.running.one.datapathType}`
  }

  async close(): Promise<string> {
    if (this.world) await this.world.remove()
    if (this.#outside) await removeOutside(this.#outside)
    if (this.running) await this.running.close()
    await removeRemains()
    await nothingIsLeft()
    return 'no namespace, bridge, process or file is left'
  }
}

/** Of this demo, or of one that was killed. */
async function removeRemains(): Promise<void> {
  if (!existsSync(`${STATE}/one-host.json`)) return
  await lock(STATE).close()
  const { integration, tunnel, external } = bridgesOf(STATE)
  await dismantle({ state: STATE, ovsdb: readOneHost(STATE).ovsdb, bridges: [integration, tunnel, external] })
}

async function nothingIsLeft(): Promise<void> {
  for (let waited = 0; ; waited += 100) {
    const processes = processesMentioning(STATE)
    const left = [
      ...namespacesOf(STATE),
      ...processes.map((pid) => `process ${pid}`),
      ...(existsSync(STATE) ? [STATE] : []),
    ]
    if (left.length === 0) return
    if (waited >= GONE_MS_MAX) throw new Error(`left behind: ${left.join(', ')}`)
    await sleep(100)
  }
}
