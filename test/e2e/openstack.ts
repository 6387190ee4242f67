/** Debian's unmodified `openstack` command, several commands in one process (it takes seconds to start). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname } from 'node:path'
import type { Json, JsonObject } from '#base/json.ts'

export interface Printed {
  /** The JSON documents, in order; a command that prints none has none here. */
  readonly documents: readonly Json[]
  readonly errors: string
}

/** Runs them one after the other with that cloud. A command that fails prints its error, and the next one runs. */
export async function openstack(cloudsFile: string, cloud: string, commands: readonly string[]): Promise<Printed> {
  const env = { ...process.env, OS_CLIENT_CONFIG_FILE: cloudsFile, OS_CLOUD: cloud, HOME: dirname(cloudsFile) }
  const child = spawn('/usr/bin/openstack', [], { stdio: ['pipe', 'pipe', 'pipe'], env })
  let out = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  child.stdin.end(`${commands.join('\n')}\n`)
  await once(child, 'close')
  return { documents: parseDocuments(out), errors }
}

/** The same, of a client that must not complain. */
export async function openstackJson(
  cloudsFile: string,
  cloud: string,
  commands: readonly string[],
): Promise<JsonObject[]> {
  const { documents, errors } = await openstack(cloudsFile, cloud, commands)
  if (errors.trim() !== '') throw new Error(errors)
  return documents as unknown as JsonObject[]
}

/** JSON documents that stand one after the other, each beginning in the first column. */
export function parseDocuments(text: string): Json[] {
  return text
    .split(/^(?=[[{])/m)
    .map((part) => /^([[{][\s\S]*?^[\]}]|\[\]|\{\})/m.exec(part)?.[1])
    .filter((part) => part !== undefined)
    .map((part) => JSON.parse(part) as Json)
}
