/**
 * The vocabulary of the doctor: what is asked, what was found, and who owes the next step. Data and types only; asking
 * is in `areas/`, running what is asked in examine.ts.
 */
import type { Site } from './site.ts'

/** What an operator asks about, in the order it is shown. */
export const AREAS = [
  'host',
  'configuration',
  'clock',
  'database',
  'bus',
  'api',
  'agents',
  'switch',
  'flows',
  'dhcp',
  'l3',
  'metadata',
  'mtu',
] as const

export type Area = (typeof AREAS)[number]

/**
 * `good`: it was tried, and it works. `lacking`: something does not work, or will not. `note`: works, with a consequence
 * to know of. `unknown`: it could not be asked, and so is not good.
 */
export type State = 'good' | 'lacking' | 'note' | 'unknown'

/** What one look comes to. */
export interface Verdict {
  readonly state: State
  /** What was seen: names, numbers, the answer. */
  readonly evidence: string
  /** The command that mends it. */
  readonly mend?: string
  /** Whose next step it is, when it is not simply whoever runs this host. */
  readonly owes?: string
  /** In place of the check's, when one check finds several things. */
  readonly subject?: string
}

export interface Finding {
  readonly area: Area
  readonly subject: string
  readonly state: State
  readonly evidence: string
  readonly why: string
  readonly mend: string | null
  readonly owes: string | null
}

export interface Check {
  readonly area: Area
  readonly subject: string
  /** What goes wrong without it: a sentence. */
  readonly why: string
  /** The flag of upstream's sanity check that asks the same. */
  readonly sanity?: string
  /** It asks about what agents are changing all the time: what is lacking is looked at once more before it is said. */
  readonly moving?: true
  /** Why it is not asked here; null: it is. Absent: always asked. */
  applies?(site: Site): string | null
  /** Asks by trying, and changes nothing on the host. What it throws makes the finding `unknown`. */
  check(site: Site, signal: AbortSignal): Promise<Verdict | readonly Verdict[]>
}

export const good = (evidence: string): Verdict => ({ state: 'good', evidence })

export const note = (evidence: string, mend?: string, owes?: string): Verdict => verdict('note', evidence, mend, owes)

export const lacking = (evidence: string, mend?: string, owes?: string): Verdict =>
  verdict('lacking', evidence, mend, owes)

export const unknown = (evidence: string, mend?: string): Verdict => verdict('unknown', evidence, mend)

function verdict(state: State, evidence: string, mend?: string, owes?: string): Verdict {
  return { state, evidence, ...(mend !== undefined && { mend }), ...(owes !== undefined && { owes }) }
}
