/** Debian's unmodified `openstack` command as one process that takes many commands: it takes seconds to start. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Json } from '#base/json.ts'
import { parseDocuments } from './openstack.ts'

const COMMAND_MS_MAX = 60_000

export interface Ran {
  /** The JSON document it printed; null when it printed none. */
  readonly printed: Json
  /** What it complained of; empty when it did not. */
  readonly errors: string
}

export interface Session extends AsyncDisposable {
  /** One command, to its end. */
  run(command: string): Promise<Ran>
}

/** Starts it with that cloud. Commands run one after the other. */
export function openSession(cloudsFile: string, cloud: string): Session {
  const config = {
    OS_CLIENT_CONFIG_FILE: cloudsFile,
    OS_CLOUD: cloud,
    HOME: dirname(cloudsFile),
    PYTHONUNBUFFERED: '1',
  }
  const child = spawn('/usr/bin/openstack', [], { stdio: 'pipe', env: { ...process.env, ...config } })
  let out = ''
  let errors = ''
  let heard: () => void = () => {}
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
    heard()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  child.once('exit', () => heard())
  let marks = 0

  return {
    async run(command) {
      marks += 1
      const mark = `done-with-${marks}-\n`
      const late = setTimeout(() => child.kill('SIGKILL'), COMMAND_MS_MAX)
      child.stdin.write(`${command}\n!echo ${mark}`)
      while (!out.includes(mark)) {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended in '${command}': ${errors}`)
        await new Promise<void>((resolve) => {
          heard = resolve
        })
      }
      clearTimeout(late)
      // What it wrote before is in the other pipe by now.
      await turn()
      await turn()
      const ran = { printed: parseDocuments(out.slice(0, out.indexOf(mark)))[0] ?? null, errors: errors.trim() }
      out = out.slice(out.indexOf(mark) + mark.length)
      errors = ''
      return ran
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end('quit\n')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
