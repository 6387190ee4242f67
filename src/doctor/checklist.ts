/** Findings as a person reads them: a line each, what is wrong with its reason and its remedy. Pure. */
import type { Skipped } from './examine.ts'
import { AREAS, type Finding, type State } from './finding.ts'

export type Paint = (style: 'green' | 'red' | 'yellow' | 'dim' | 'bold', text: string) => string

const SUBJECT_WIDTH = 22
const MARKS: { readonly [state in State]: readonly [Parameters<Paint>[0], string] } = {
  good: ['green', '✔'],
  lacking: ['red', '✖'],
  note: ['yellow', '·'],
  unknown: ['yellow', '?'],
}

export interface ChecklistOptions {
  readonly paint: Paint
  /** Also what is good, with why it matters, and what was not asked. */
  readonly verbose: boolean
  readonly skipped: readonly Skipped[]
}

/** By area; of an area in which all is good one line, unless more is asked for. */
export function checklist(findings: readonly Finding[], { paint, verbose, skipped }: ChecklistOptions): string[] {
  return AREAS.flatMap((area) => {
    const here = findings.filter((finding) => finding.area === area)
    const notAsked = verbose ? skipped.filter((item) => item.area === area) : []
    if (here.length + notAsked.length === 0) return []
    const wrong = here.filter(({ state }) => state !== 'good')
    const fine = here.length - wrong.length
    const heading = `${paint('bold', area)}${fine > 0 ? paint('dim', `  ${fine} good`) : ''}`
    return [
      heading,
      ...gathered(verbose ? here : wrong).flatMap((finding) =>
        linesOf(finding, paint, verbose || finding.state !== 'note'),
      ),
      ...notAsked.map(({ subject, reason }) =>
        paint('dim', `  - ${subject.padEnd(SUBJECT_WIDTH)} not asked: ${reason}`),
      ),
    ]
  })
}

/** What could not be asked for the same reason is one line. */
function gathered(findings: readonly Finding[]): Finding[] {
  const lines: Finding[] = []
  for (const finding of findings) {
    const alike = lines.findIndex((line) => line.state === 'unknown' && line.evidence === finding.evidence)
    if (finding.state !== 'unknown' || alike < 0) lines.push(finding)
    else lines[alike] = { ...lines[alike]!, subject: `${lines[alike]!.subject}, ${finding.subject}` }
  }
  return lines
}

/** The finding, and below it why it matters, what mends it and whose step that is. */
export function linesOf(
  { subject, state, evidence, why, mend, owes }: Finding,
  paint: Paint,
  explained: boolean,
): string[] {
  const [style, mark] = MARKS[state]
  return [
    `  ${paint(style, mark)} ${subject.padEnd(SUBJECT_WIDTH)} ${paint('dim', evidence)}`,
    ...(explained && state !== 'good' && state !== 'unknown' ? [`      ${why}`] : []),
    ...(owes !== null ? [`      next step: ${owes}`] : []),
    ...(mend !== null ? [`    ${paint('yellow', mend)}`] : []),
  ]
}

/** How it all stands, in a line. */
export function summaryOf(findings: readonly Finding[]): string {
  const count = (state: State) => findings.filter((finding) => finding.state === state).length
  const [lacking, unknown] = [count('lacking'), count('unknown')]
  const rest = unknown > 0 ? `; ${unknown} could not be asked` : ''
  if (lacking === 0) return `Nothing is lacking${rest}.`
  return `${lacking} lacking${rest}; the commands above mend it.`
}
