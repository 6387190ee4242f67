/**
 * What every process of Neutron does the same way: reads its configuration (a bad one stops it here, with file, line,
 * option and reason), opens its log, starts its part, and ends cleanly on SIGTERM and SIGINT. SIGHUP reads the
 * configuration again and opens the log file anew.
 */

import { readFileSync } from 'node:fs'
import type { AgentHost, RunningAgent } from '#agents/runtime/agent.ts'
import { systemClock } from '#base/clock.ts'
import { OperatingError } from '#base/errors.ts'
import type { Closeable } from '#base/lifetime.ts'
import { common } from '#config/common.ts'
import { ConfigError, type LoadedConfig, loadConfig } from '#config/config.ts'
import { discoverGroups } from '#config/discover.ts'
import { openTransport } from '#rpc/transports/open.ts'
import { createLog, type ProcessLog } from './log.ts'

export interface ProcessHost {
  readonly config: LoadedConfig
  readonly log: ProcessLog
}

const USAGE = `usage: %s [--config-file FILE]... [--config-dir DIR]... [options]

  --config-file FILE   read this file; may be repeated, a later one wins
  --config-dir DIR     read DIR/*.conf, in order of their names
  --debug, --nodebug   log what is only of use when looking for a fault
  --log-file FILE      log there; --log-dir DIR: to DIR/%s.log
  --use-json           log a JSON object a line
  --state_path DIR     where runtime files are kept
  --version, --help

Without a file, neutron.conf and %s.conf are looked for in ~/.neutron, ~, /etc/neutron and /etc.
Every option is in docs/reference/options.md.
`

const CLOSE_MS_MAX = 30_000

/** Runs until a signal ends it. `start` answers what is to be closed then. */
export async function runProcess(name: string, start: (host: ProcessHost) => Promise<Closeable>): Promise<void> {
  const host = await prepare(name)
  const { log } = host
  const stop = untilSignal(host)
  try {
    const running = await start(host)
    log.info('started', { files: host.config.files })
    const signal = await stop
    log.info('stopping', { signal })
    setTimeout(() => process.exit(1), CLOSE_MS_MAX).unref()
    await running.close()
  } catch (error) {
    log.error('cannot go on', error instanceof OperatingError ? { reason: error.message } : { error })
    log.flush()
    process.exitCode = 1
  }
  log.flush()
  process.exit()
}

/** An agent as a process of its own, on the bus of `transport_url`. */
export function runAgent(name: string, start: (host: AgentHost) => Promise<RunningAgent>): Promise<void> {
  return runProcess(name, async ({ config, log }) => {
    const transport = await openTransport(config.of(common).transport_url, { role: 'agent', log })
    const agent = await start({ config, transport, log, clock: systemClock })
    agent.synced().then(
      () => log.info('in sync', { steps: agent.stepsTaken }),
      (error: unknown) => log.warn('not in sync', { error }),
    )
    return {
      close: async () => {
        await agent.close()
        await transport.close()
      },
    }
  })
}

async function prepare(name: string): Promise<ProcessHost> {
  answerWords(name, process.argv.slice(2))
  const early = await createLog({ name, debug: false, json: false, file: null })
  try {
    const config = loadConfig({
      groups: await discoverGroups(),
      argv: process.argv.slice(2),
      program: name,
      log: early,
    })
    if (config.rest.length > 0) {
      process.stderr.write(`${name}: error: unrecognized arguments: ${config.rest.join(' ')}\n`)
      process.exit(2)
    }
    const options = config.of(common)
    return {
      config,
      log: await createLog({ name, debug: options.debug, json: options.use_json, file: logFile(name, options) }),
    }
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException // a code: the log file cannot be opened
    if (!(error instanceof ConfigError) && code === undefined) throw error
    process.stderr.write(`${name}: ${message}\n`)
    process.exit(1)
  }
}

/** `--help` and `--version` are answered, and end the process. */
function answerWords(name: string, words: readonly string[]): void {
  if (words.includes('--help') || words.includes('-h')) {
    process.stdout.write(USAGE.replaceAll('%s', name))
    process.exit(0)
  }
  if (words.includes('--version')) {
    const file = new URL('../../package.json', import.meta.url)
    const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
    process.stdout.write(`${version}\n`)
    process.exit(0)
  }
}

function logFile(
  name: string,
  { log_file, log_dir }: { log_file: string | null; log_dir: string | null },
): string | null {
  if (log_dir === null) return log_file
  return log_file?.startsWith('/') ? log_file : `${log_dir}/${log_file ?? `${name}.log`}`
}

function untilSignal({ config, log }: ProcessHost): Promise<NodeJS.Signals> {
  process.on('SIGHUP', () => {
    log.reopen()
    try {
      log.info('configuration read again', { changed: config.reload() })
      log.setDebug(config.of(common).debug)
    } catch (error) {
      log.error('configuration not read again', { error })
    }
  })
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
  })
}
