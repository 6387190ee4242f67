/**
 * Runs checks: side by side, a bounded number at a time, each with a deadline. One that fails or is late is itself a
 * finding, `unknown`. Secrets of the configuration do not leave in what is found.
 */
import { deadline, sleep } from '#base/lifetime.ts'
import type { Check, Finding, Verdict } from './finding.ts'
import type { Site } from './site.ts'

const PARALLEL = 8

export interface Limits {
  /** How long one check may take. */
  readonly checkMs: number
  /** How long an agent may take for what it is doing, before what it works on is looked at again. */
  readonly settleMs: number
}

const LIMITS: Limits = { checkMs: 15_000, settleMs: 1_500 }

/** What was not asked, and why. */
export interface Skipped {
  readonly area: Check['area']
  readonly subject: string
  readonly reason: string
}

export interface Examination {
  /** In the order of the checks. */
  readonly findings: readonly Finding[]
  readonly skipped: readonly Skipped[]
}

export async function examine(
  checks: readonly Check[],
  site: Site,
  signal: AbortSignal,
  limits: Limits = LIMITS,
): Promise<Examination> {
  const skipped: Skipped[] = []
  const asked = checks.filter((check) => {
    const reason = check.applies?.(site) ?? null
    if (reason !== null) skipped.push({ area: check.area, subject: check.subject, reason })
    return reason === null
  })
  const found: (readonly Finding[])[] = asked.map(() => [])
  const queue = asked.entries()
  const worker = async () => {
    for (const [at, check] of queue) found[at] = await ask(check, site, signal, limits)
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  return { findings: found.flat(), skipped }
}

async function ask(check: Check, site: Site, signal: AbortSignal, limits: Limits): Promise<Finding[]> {
  const verdicts = await answerOf(check, site, deadline(limits.checkMs, signal), limits)
  const hide = (text: string) => hidden(text, site.secrets)
  return verdicts.map(({ state, evidence, mend, owes, subject }) => ({
    area: check.area,
    subject: subject ?? check.subject,
    state,
    evidence: hide(evidence),
    why: check.why,
    mend: mend === undefined ? null : hide(mend),
    owes: owes ?? null,
  }))
}

async function answerOf(
  check: Check,
  site: Site,
  signal: AbortSignal,
  { checkMs, settleMs }: Limits,
): Promise<readonly Verdict[]> {
  const ask = async () => {
    const verdict = await Promise.race([check.check(site, signal), lateness(signal)])
    return isMany(verdict) ? verdict : [verdict]
  }
  try {
    const first = await ask()
    if (check.moving !== true || first.every(({ state }) => state !== 'lacking')) return first
    await sleep(settleMs, signal)
    return await ask()
  } catch (error) {
    const late = signal.aborted ? `no answer within ${checkMs / 1000} s` : textOf(error)
    return [{ state: 'unknown', evidence: `it could not be asked: ${late}` }]
  }
}

function lateness(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

const isMany = (verdict: Verdict | readonly Verdict[]): verdict is readonly Verdict[] => Array.isArray(verdict)

/** What an error says, with what caused it. Pure. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause =
    error.cause instanceof Error && !error.message.includes(error.cause.message) ? error.cause.message : null
  return cause === null ? error.message : `${error.message}: ${cause}`
}

const PASSWORD_IN_URL = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/]*):[^\s@/]*@/gi

/** The text without passwords in URLs and without these secrets. Pure. */
export function hidden(text: string, secrets: readonly string[]): string {
  const urls = text.replaceAll(PASSWORD_IN_URL, '$1:***@')
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), urls)
}
