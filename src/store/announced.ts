/**
 * How far readers of the change log that tell others have come: the notifier's places. Kept here because more than the
 * notifier asks for them.
 */
import { table } from './store.ts'

export interface Announced {
  name: string
  /** Everything up to it is told. */
  sequence: number
  owner: string
  leased_until: number
}

export const announced = table<Announced>('announced', {
  name: 'text',
  sequence: 'integer',
  owner: 'text',
  leased_until: 'integer',
})

/** The reader that tells agents. */
export const AGENTS = 'agents'
