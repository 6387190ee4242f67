/**
 * `--wait`: lets a command do its work, then waits until what it touched is as it should be, and says meanwhile how far
 * it is.
 */
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { deadline } from '#base/lifetime.ts'
import type { Call, Command, Output } from '#cli/command.ts'
import { CliError, HttpError } from '#cli/errors.ts'
import { changesOf, isPassing } from './changes.ts'
import { TIMED_OUT, WAIT_SECONDS } from './limits.ts'
import { stageOf } from './stage.ts'
import { type Touched, watched } from './touched.ts'

/** The command's work, and then until what it touched is there, or gone. */
export async function runAndWait(command: Command, call: Call): Promise<Output> {
  const seconds = Number(call.args.wait_timeout ?? WAIT_SECONDS)
  if (!(seconds > 0)) throw new CliError('--wait-timeout must be a positive number of seconds', 2)
  const { client, touched } = watched(call.client, call.definitions)
  const output = await command.run({ ...call, client })
  const end = performance.now() + seconds * 1000
  let last: JsonObject | null = null
  try {
    for (const one of touched()) last = (await untilThere(one, call, end, seconds)) ?? last
  } catch (error) {
    // What was done is done, and is told all the same.
    call.print(call.render(output).trimEnd())
    throw error
  }
  return last ? refreshed(output, last) : output
}

/** Answers the object as it was when it was reached; null when it is gone, as it should be. */
async function untilThere(one: Touched, call: Call, end: number, seconds: number): Promise<JsonObject | null> {
  const signal = deadline(Math.max(1, Math.ceil(end - performance.now())), call.signal)
  let text = 'asked'
  try {
    for await (const _ of changesOf(call.client, new Set([one.resource]), signal)) {
      const object = await readIfThere(one, call)
      if (object === undefined) continue
      const name = typeof object?.name === 'string' && object.name !== '' ? object.name : one.id
      const stage = object ? stageOf(one.resource, object) : null
      if (one.gone ? object === null : stage?.state === 'reached') return object
      if (!one.gone && object === null) throw new CliError(`${one.body} ${one.id} was deleted by someone else.`)
      text = `${one.body} ${name}: ${one.gone ? `${stage?.text ?? 'there'}, not gone yet` : stage!.text}`
      if (stage?.state === 'failed') throw new CliError(`${text}\n${lookAt(one)}`)
      call.progress(text)
    }
  } catch (error) {
    if (!signal.aborted || call.signal.aborted) throw error
  } finally {
    call.progress(null)
  }
  throw new CliError(`Waited ${seconds} s, and still ${text}\n${lookAt(one)}`, TIMED_OUT)
}

/** Like `read`; undefined when it cannot be asked just now, which says nothing of the object. */
async function readIfThere(one: Touched, call: Call): Promise<JsonObject | null | undefined> {
  try {
    return await read(one, call)
  } catch (error) {
    if (call.signal.aborted || !isPassing(error)) throw error
    call.progress(`${one.body} ${one.id}: not known: ${(error as Error).message}`)
    return undefined
  }
}

async function read({ path, body }: Touched, { client }: Call): Promise<JsonObject | null> {
  try {
    const answer = await client.request('GET', path)
    const object = isJsonObject(answer.body) ? answer.body[body] : undefined
    return isJsonObject(object) ? object : null
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return null
    throw error
  }
}

/** Where an operator looks next. */
function lookAt({ resource, id, body }: Touched): string {
  if (resource === 'port') return `See: neutron explain port ${id}`
  return `See: neutron ${body.replaceAll('_', '-')}-show ${id}`
}

/** What was printed of the object at first, with the states it has now. */
function refreshed(output: Output, object: JsonObject): Output {
  if (output?.kind !== 'show' || !output.columns.includes('id')) return output
  if (output.values[output.columns.indexOf('id')] !== object.id) return output
  const values = output.columns.map((column, at) => {
    const now = object[column]
    return ['string', 'number', 'boolean'].includes(typeof now) ? now! : output.values[at]!
  })
  return { ...output, values }
}
