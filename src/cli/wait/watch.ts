/**
 * `--watch`: a list or an object shown again on each change. On a terminal it takes the place of what was there before;
 * elsewhere each new state follows the last.
 */
import type { Call, Command, Output } from '#cli/command.ts'
import type { Outlines } from '#cli/outline.ts'
import { changesOf, isPassing } from './changes.ts'
import { type Touched, watched } from './touched.ts'

const HOME_AND_CLEAR = '\x1b[H\x1b[2J\x1b[3J'

/** Until ^C, or until what is shown is gone. */
export async function watch(command: Command, call: Call): Promise<Output> {
  const asked = new Set<string>()
  const { client, touched } = watched(noting(call, asked), call.definitions)
  let shown: string | null = null
  const look = async () => {
    const output = await command.run({ ...call, client })
    const text = call.render(output)
    if (text !== shown) show(text, call, command.name)
    shown = text
  }
  await look()
  const resources = new Set([...asked, ...touched().map(({ resource }: Touched) => resource)])
  try {
    for await (const _ of changesOf(call.client, resources, call.signal)) {
      try {
        await look()
      } catch (error) {
        if (call.signal.aborted || !isPassing(error)) throw error
        // It is not known what there is: what was shown stays.
        call.warn((error as Error).message)
      }
    }
  } catch (error) {
    if (!call.signal.aborted) throw error
  }
  return null
}

function show(text: string, call: Call, name: string): void {
  if (!call.terminal.isTTY) {
    call.print(text.replace(/\n$/, ''))
    return
  }
  const at = new Date().toISOString().replace('T', ' ').slice(0, 19)
  call.print(`${HOME_AND_CLEAR}${call.terminal.paint('dim', `${name}, as of ${at} UTC. ^C ends it.`)}`)
  call.print(text.replace(/\n$/, ''))
}

/** The client, and the resources it lists. */
function noting(call: Call, asked: Set<string>): Call['client'] {
  const { client, definitions } = call
  return {
    request: (...words) => client.request(...words),
    list(path, query, collection) {
      for (const resource of resourcesAt(path, definitions)) asked.add(resource)
      return client.list(path, query, collection)
    },
    session: () => client.session(),
    endpoint: () => client.endpoint(),
  }
}

function resourcesAt(path: string, outlines: Outlines): string[] {
  const last = path.split('/').at(-1)!.replaceAll('-', '_')
  return Object.values(outlines)
    .filter((outline) => outline.path === path || outline.collection === last)
    .map(({ name }) => name)
}
