/** What the launcher runs: the commands of one host. `./neutrino help` lists them; `test` and `bench` are the launcher's. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { Closeable } from '#base/lifetime.ts'
import { instanceCommand } from './instance.ts'
import { createLog } from './log.ts'
import { DEFAULT_STATE } from './one-host.ts'
import { createTerminal, duration } from './terminal.ts'
import type { Up } from './up.ts'

interface UpFlags {
  readonly state: string
  readonly host: string
  readonly port: number
  readonly identityPort: number
  readonly apiOnly: boolean
  readonly auth: 'keystone' | 'noauth'
  readonly hostAddress: boolean
  readonly configFile: readonly string[]
  readonly debug: boolean
}

const terminal = createTerminal(process.stdout)

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a port is a number up to 65535')
  return port
}

/** An ordinary user cannot write below /var/lib. */
export function defaultState(): string {
  return process.getuid?.() === 0 ? DEFAULT_STATE : join(homedir(), '.local/state/neutrino')
}

const stateOption = () => new Option('--state <dir>', 'where everything is kept').default(defaultState())
const portOption = () => new Option('--port <port>', 'of the Networking API').default(9696).argParser(portNumber)
const identityPortOption = () =>
  new Option('--identity-port <port>', 'of the built-in identity; the next one is the stand-in for Nova')
    .default(5000)
    .argParser(portNumber)

const program = new Command('neutrino')
  .description('OpenStack Networking on one host.')
  .addHelpText(
    'after',
    '\nThe launcher adds:\n  test [stage...]  everything set up, all tests\n  bench [name...]  the questions of bench/',
  )

program
  .command('demo')
  .description('bring everything up, do the main job for real, check and show it')
  .option('--exit', 'take everything away again at the end', false)
  .addOption(portOption())
  .addOption(identityPortOption())
  .action(async (flags: { exit: boolean; port: number; identityPort: number }) => {
    const { demo } = await import('./demo.ts')
    process.exit((await demo(terminal, flags)) ? 0 : 1)
  })

program
  .command('up')
  .description('server and agents in one process, until Ctrl-C')
  .addOption(stateOption())
  .addOption(portOption())
  .addOption(identityPortOption())
  .option('--host <address>', 'to listen on', '127.0.0.1')
  .option('--api-only', 'no agents: needs neither root nor the kernel', false)
  .addOption(
    new Option('--auth <strategy>', 'how callers prove who they are')
      .choices(['keystone', 'noauth'])
      .default('keystone'),
  )
  .option('--no-host-address', 'do not give the host an address on the external bridge')
  .option(
    '--config-file <file>',
    'options of your own, read last; may be repeated',
    (file, all: string[]) => [...all, resolve(file)],
    [],
  )
  .option('--debug', 'log more', false)
  .action(runUp)

program.addCommand(instanceCommand(terminal, stateOption))

program
  .command('clean')
  .description('take away what a stopped instance left wired, and its state')
  .addOption(stateOption())
  .action(async ({ state }: { state: string }) => {
    const { clean } = await import('./clean.ts')
    await clean(terminal, resolve(state))
  })

program
  .command('doctor')
  .description('what this machine has and lacks, and the command that mends it')
  .addOption(portOption())
  .addOption(identityPortOption())
  .option('--state <dir>', 'of an instance that runs: all that it has and lacks, as neutron doctor --state')
  .action(async ({ port, identityPort, state }: { port: number; identityPort: number; state?: string }) => {
    const { doctor, doctorOfState } = await import('./doctor.ts')
    const ports = [port, identityPort, identityPort + 1]
    const isWell = state === undefined ? await doctor(terminal, ports) : await doctorOfState(terminal, resolve(state))
    process.exit(isWell ? 0 : 1)
  })

async function runUp(flags: UpFlags): Promise<void> {
  const state = resolve(flags.state)
  const log = await createLog({ name: 'neutrino', debug: flags.debug, json: false, file: `${state}/neutrino.log` })
  const started = performance.now()
  const stop = new Promise<void>((done) => {
    process.once('SIGTERM', () => done())
    process.once('SIGINT', () => done())
  })
  const { up } = await import('./up.ts')
  const running = await up({ ...flags, state, configFiles: flags.configFile, log })
  const ms = performance.now() - started
  log.info('ready', { steps: running.stepsTaken(), ms: Math.round(ms) })
  announce(running, ms)
  await stop
  terminal.line('\nStopping; what is wired stays as it is.')
  await closeWithin(running)
  log.flush()
  process.exit(0)
}

function announce({ url, authUrl, cloudsFile, one }: Up, ms: number): void {
  terminal.line(`${terminal.paint('bold', 'Neutrino is ready')} after ${duration(ms)}.`)
  terminal.line(`  API       ${url}`)
  terminal.line(`  identity  ${authUrl ?? 'none: every caller is an administrator'}`)
  terminal.line(`  log       ${one.state}/neutrino.log`)
  terminal.line('\nTry, in another terminal:')
  terminal.line(`  export OS_CLIENT_CONFIG_FILE=${cloudsFile} OS_CLOUD=neutrino-demo`)
  terminal.line('  openstack network list')
}

const CLOSE_MS_MAX = 30_000

function closeWithin(running: Closeable): Promise<void> {
  setTimeout(() => process.exit(1), CLOSE_MS_MAX).unref()
  return running.close()
}

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`neutrino: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
