/**
 * An explanation as a checklist: a line for each step with its mark, when, and what was seen; below the step that
 * everything waits for, who owes it and what they do. Pure.
 */

import { displayWidth } from '#cli/output/width.ts'
import type { Explanation, Step, StepName, StepState } from '#extensions/explanation/contract.ts'

export type Paint = (colour: 'red' | 'green' | 'yellow' | 'dim' | 'bold', text: string) => string

export interface DrawingOptions {
  /** Of the terminal. */
  readonly columns: number
  readonly ascii: boolean
  /** Times as they are; otherwise how long ago. */
  readonly absolute: boolean
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly nowMs: number
  readonly paint: Paint
}

const TITLES: { readonly [Name in StepName]: string } = {
  created: 'created',
  enabled: 'enabled',
  addressed: 'addressed',
  placed: 'on a host',
  agent: 'agent alive',
  bound: 'bound',
  told: 'agent told',
  plugged: 'plugged',
  mtu: 'MTU',
  wired: 'flows',
  dhcp_agent: 'DHCP agent',
  dhcp_server: 'dnsmasq',
  dhcp_entry: 'DHCP entry',
  reported: 'reported up',
  metadata: 'metadata',
  nova: 'Nova told',
  carried: 'carried',
  subnets: 'subnets',
  ports: 'ports',
  hosted: 'on an agent',
  l3_agent: 'L3 agent',
  namespace: 'namespace',
  gateway: 'gateway',
  interfaces: 'interfaces',
  associated: 'associated',
  routed: 'routed',
  target: 'its port',
  allowed: 'let in',
}

/** What is explained: `Port`, and its id. */
export interface Subject {
  readonly noun: string
  readonly id: string
}

type Colour = Parameters<Paint>[0]
const MARKS: { readonly [State in StepState]: readonly [unicode: string, ascii: string, colour: Colour] } = {
  done: ['✔', '+', 'green'],
  missing: ['✖', 'x', 'red'],
  failed: ['✖', 'x', 'red'],
  waiting: ['…', '~', 'yellow'],
  unknown: ['?', '?', 'yellow'],
  not_applicable: ['·', '-', 'dim'],
}

const INDENT = 2
const TITLE_WIDTH = Math.max(...Object.values(TITLES).map((title) => title.length))
const [RELATIVE_WIDTH, ABSOLUTE_WIDTH] = [11, 20]
/** Evidence is never narrower, however narrow the terminal. */
const EVIDENCE_WIDTH_MIN = 24
const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const

export function drawExplanation(subject: Subject, explanation: Explanation, options: DrawingOptions): string[] {
  const { steps, cause } = explanation
  const { paint } = options
  return [
    `${subject.noun} ${paint('bold', nameOf(subject, explanation))}, ${explanation.status}`,
    ...steps.flatMap((step) => [
      ...stepLines(step, options),
      ...(step.step === cause?.step ? causeLines(step, options) : []),
    ]),
  ]
}

/** How the port stands, in a line; `null` in place of what somebody owes. */
export function verdict(
  subject: Subject,
  explanation: Explanation,
): { readonly works: boolean; readonly text: string } {
  const { steps, cause } = explanation
  const called = `${subject.noun} ${nameOf(subject, explanation)}`
  if (cause) {
    const owed = cause.owner ? `: next is ${printable(cause.owner)}` : ''
    const is = cause.state === 'waiting' ? 'is not ready yet' : 'does not work'
    return { works: false, text: `${called} ${is}, for '${TITLES[cause.step]}'${owed}.` }
  }
  const unknown = steps.filter(({ state }) => state === 'unknown').map(({ step }) => `'${TITLES[step]}'`)
  const rest = unknown.length > 0 ? `; not known: ${unknown.join(', ')}` : ''
  return { works: true, text: `${called}: nothing is missing${rest}.` }
}

function nameOf({ id }: Subject, { name }: Explanation): string {
  return name === '' ? id : `${printable(name)} (${id})`
}

function stepLines(step: Step, options: DrawingOptions): string[] {
  const { ascii, paint } = options
  const [unicode, plain, colour] = MARKS[step.state]
  const mark = paint(colour, ascii ? plain : unicode)
  const time = timeOf(step, options)
  const lead = INDENT + 2 + TITLE_WIDTH + 2 + timeWidth(options) + 2
  const [first = '', ...more] = wrapped(evidenceOf(step), lead, options)
  const isOver = step.state === 'not_applicable' || step.state === 'waiting'
  const shade = (text: string) => (isOver ? paint('dim', text) : text)
  const title = TITLES[step.step].padEnd(TITLE_WIDTH)
  return [
    `${' '.repeat(INDENT)}${mark} ${shade(title)}  ${paint('dim', time.padEnd(timeWidth(options)))}  ${shade(first)}`.trimEnd(),
    ...more.map((line) => `${' '.repeat(lead)}${shade(line)}`),
  ]
}

/** Steps are called as they are here. */
function evidenceOf({ evidence, details: { after } }: Step): string {
  return typeof after === 'string' && Object.hasOwn(TITLES, after) ? `after '${TITLES[after as StepName]}'` : evidence
}

/** What is owed, under the step: by whom, since when, and what mends it. */
function causeLines({ owner, mend, since }: Step, options: DrawingOptions): string[] {
  const { paint, nowMs, ascii } = options
  const lead = INDENT + 2
  const arrow = ascii ? '->' : '→'
  const when = since ? `, since ${spaced(since)} (${ago(since, nowMs)})` : ''
  const owed = owner ? `${arrow} ${owner}${when}` : when ? `${arrow} by itself${when}` : null
  const owing = owed ? wrapped(owed, lead, options).map((line) => paint('bold', line)) : []
  // Not broken: the terminal does that, and what is copied is whole.
  const mending = mend ? [paint('yellow', printable(mend))] : []
  return [...owing, ...mending].map((line) => `${' '.repeat(lead)}${line}`)
}

function timeOf({ state, at, since }: Step, { absolute, nowMs }: DrawingOptions): string {
  if (state === 'done') return at ? (absolute ? spaced(at) : ago(at, nowMs)) : ''
  if (!since || state === 'not_applicable') return ''
  return absolute ? spaced(since) : `for ${lasting(since, nowMs)}`
}

function timeWidth({ absolute }: DrawingOptions): number {
  return absolute ? ABSOLUTE_WIDTH : RELATIVE_WIDTH
}

/** `2026-11-23 00:52:34Z` */
function spaced(iso: string): string {
  return iso.replace('T', ' ')
}

function ago(iso: string, nowMs: number): string {
  const span = lasting(iso, nowMs)
  return span === '0 s' ? 'just now' : `${span} ago`
}

/** In the largest unit that is full; clocks that differ a little are no future. */
function lasting(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(iso)) / 1000))
  const [size, unit] = UNITS.find(([unitSeconds]) => seconds >= unitSeconds) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}

/** At blanks only: ids and options stay whole, for whoever copies them. */
function wrapped(text: string, lead: number, { columns }: DrawingOptions): string[] {
  const width = Math.max(columns - lead, EVIDENCE_WIDTH_MIN)
  const lines: string[] = []
  let line = ''
  for (const word of printable(text).split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && displayWidth(longer) > width) {
      lines.push(line)
      line = word
    } else {
      line = longer
    }
  }
  return [...lines, line]
}

/** Names are their owners', and may hold what a terminal would act on. */
function printable(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '\u{fffd}')
}
