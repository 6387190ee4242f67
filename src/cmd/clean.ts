/** `./neutrino clean`: what a stopped instance left wired, and its state, go away. */
import { dismantle } from '#lab/dismantle.ts'
import { bridgesOf, readOneHost } from './one-host.ts'
import type { Terminal } from './terminal.ts'
import { lock } from './up.ts'

/** @throws when an instance still runs over that state, or none ever did. */
export async function clean(terminal: Terminal, state: string): Promise<void> {
  const { ovsdb } = readOneHost(state)
  await lock(state).close()
  const { integration, tunnel, external } = bridgesOf(state)
  await dismantle({ state, ovsdb, bridges: [integration, tunnel, external] })
  terminal.line(`${state} and what it had wired are gone.`)
}
