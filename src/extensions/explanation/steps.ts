/** How steps of an explanation are put down: one function for each state. Pure. */
import type { JsonObject } from '#base/json.ts'
import type { Cause, Step, StepName, StepState } from './contract.ts'

interface More {
  readonly at?: string | null
  readonly since?: string | null
  readonly owner?: string | null
  readonly mend?: string | null
  readonly details?: JsonObject
}

/** What is not done has an owner. */
type Owed = More & { readonly owner: string }

function put(state: StepState, step: StepName, evidence: string, more: More): Step {
  const { at = null, since = null, owner = null, mend = null, details = {} } = more
  return { step, state, at, since, evidence, owner, mend, details }
}

export const done = (step: StepName, evidence: string, more: More = {}) => put('done', step, evidence, more)
export const missing = (step: StepName, evidence: string, more: Owed) => put('missing', step, evidence, more)
export const failed = (step: StepName, evidence: string, more: Owed) => put('failed', step, evidence, more)
export const waiting = (step: StepName, evidence: string, more: More = {}) => put('waiting', step, evidence, more)
export const unknown = (step: StepName, evidence: string, more: More = {}) => put('unknown', step, evidence, more)
export const notApplicable = (step: StepName, evidence: string) => put('not_applicable', step, evidence, {})

/** Nothing can be said of it before the other one is done. */
export const after = (step: StepName, earlier: StepName) =>
  waiting(step, `comes after '${earlier}'`, { details: { after: earlier } })

/** `1 flow`, `2 flows`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** What has to be acted on comes before what comes by itself. */
export function causeOf(steps: readonly Step[]): Cause | null {
  const first =
    steps.find(({ state }) => state === 'missing' || state === 'failed') ??
    steps.find(({ state }) => state === 'waiting')
  if (!first) return null
  const { step, state, since, evidence, owner, mend } = first
  return { step, state, since, evidence, owner, mend }
}
