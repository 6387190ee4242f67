/** docs/reference/access.md: who may do what, as it was answered. Pure. */
import type { Outcome, Row } from './matrix.ts'
import { DIFFERENT, type RuleRow } from './rules.ts'
import { PERSONAS, type Persona, personas } from './world.ts'

export interface Section {
  readonly resource: string
  readonly rows: readonly Row[]
  readonly rules: readonly RuleRow[]
}

const HEAD = `# Who may do what

Asked, not claimed: \`test/contract/access.test.ts\` has each of these callers list, show, create, update and delete an
example of every resource that a project owns, and do its actions. This page is what was answered; the test fails when
it is not so any more. \`node scripts/access-reference.ts\` makes it again.

"Shared with" is a member of a project with whom everything that can be shared is shared; "outsider" one of a project that
has nothing to do with it. "Create" is the example with all it refers to, which is the owner's: a port on the owner's
network. Of what strangers may not see, nothing tells whether it exists: the answer (404, or a list without it) is the
one for an id that nobody has, also where another object is to refer to it.

✓ done or seen, · not in the list, 403 refused, 404 not found, 400 and 409 refused as they would be for the owner.
Below each table, the rules for its attributes: ✓ may set it (\`create_\`, \`update_\`) or is shown it (\`get_\`), where the
object's own rule lets the caller that far.
`

export function accessPage(sections: readonly Section[]): string {
  const parts = [...sections].sort((a, b) => (a.resource < b.resource ? -1 : 1)).map(sectionOf)
  return `${[HEAD.trimEnd(), ...parts, differencesOf(sections)].join('\n\n')}\n`
}

const CELLS: { readonly [outcome: string]: string } = { yes: '✓', none: '·' }
const cellOf = (outcome: Outcome) => CELLS[outcome] ?? String(outcome)

function sectionOf({ resource, rows, rules }: Section): string {
  const finer = rules.filter(({ rule }) => rule.includes(':'))
  const verbs = table(
    'Asked to',
    rows.map(({ verb, outcomes }) => [`\`${verb}\``, (who) => cellOf(outcomes[who])] as const),
  )
  const attributes = table(
    'Rule',
    finer.map(({ rule, allowed }) => [`\`${rule}\``, (who) => (allowed[who] ? '✓' : '–')] as const),
  )
  return [`## ${resource}`, verbs, ...(finer.length > 0 ? [attributes] : [])].join('\n\n')
}

type Line = readonly [title: string, cell: (who: Persona) => string]

function table(title: string, lines: readonly Line[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    row([title, ...personas.map((who) => PERSONAS[who])]),
    row(Array(personas.length + 1).fill('---')),
    ...lines.map(([first, cell]) => row([first, ...personas.map(cell)])),
  ].join('\n')
}

function differencesOf(sections: readonly Section[]): string {
  const different = sections.flatMap(({ rules }) => rules.filter(({ theirs }) => theirs !== null))
  const all = sections.reduce((sum, { rules }) => sum + rules.length, 0)
  const lines = different.map(({ rule }) => {
    const why = DIFFERENT.find((one) => one.rule.test(rule))?.why ?? 'without a reason'
    return `| \`${rule}\` | ${why} |`
  })
  return [
    "## Beside upstream's default policies",
    [
      `Each of ${all} rules was put to each caller twice, as it stands here and as it stands in upstream's default`,
      'policies (`test/access/upstream-rules.json`). These answer otherwise to somebody:',
    ].join('\n'),
    ['| Rule | Why |', '| --- | --- |', ...lines].join('\n'),
  ].join('\n\n')
}
