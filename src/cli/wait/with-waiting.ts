/**
 * The options `--wait`, `--wait-timeout` and `--watch`, and which commands have them: by their names. What they do is
 * loaded when they are given. Not upstream's: docs/compatibility.md says what that costs.
 */
import type { Argument, Command } from '#cli/command.ts'
import { TIMED_OUT, WAIT_SECONDS } from './limits.ts'

const CHANGES = /(^|-)(create|update|delete|add|remove|set|clear|associate|disassociate)(-|$)/
const LISTS = /-list(-|$)/
const SHOWS = /-show$/

const GROUP = 'waiting'
const WAIT: readonly Argument[] = [
  {
    flags: ['--wait'],
    name: 'wait',
    action: 'true',
    group: GROUP,
    unlisted: true,
    help: 'Wait until it is ACTIVE, or gone, and say meanwhile what it waits for.',
  },
  {
    flags: ['--wait-timeout'],
    name: 'wait_timeout',
    metavar: 'SECONDS',
    type: 'integer',
    group: GROUP,
    unlisted: true,
    help: `Seconds to wait at most, ${WAIT_SECONDS} by default. It exits with ${TIMED_OUT} when they were too few.`,
  },
]
const WATCH: Argument = {
  flags: ['--watch'],
  name: 'watch',
  action: 'true',
  group: GROUP,
  unlisted: true,
  help: 'Show it again whenever it changes, until ^C.',
}

/** The command with the options that fit it; the same command where none do. */
export function withWaiting(command: Command): Command {
  const waits = CHANGES.test(command.name) || SHOWS.test(command.name)
  const watches = command.output !== undefined && (LISTS.test(command.name) || SHOWS.test(command.name))
  if (!waits && !watches) return command
  return {
    ...command,
    arguments: [...command.arguments, ...(waits ? WAIT : []), ...(watches ? [WATCH] : [])],
    async run(call) {
      if (call.args.watch) return (await import('./watch.ts')).watch(command, call)
      if (call.args.wait) return (await import('./waiting.ts')).runAndWait(command, call)
      return command.run(call)
    },
  }
}
