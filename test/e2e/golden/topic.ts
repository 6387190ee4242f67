/** What the golden comparison is made of: topics of command lines, as data. */

/**
 * A command line as a shell splits it (quotes of both kinds; no other magic), without the program's name. `{name}` is
 * the id of what is called so in the world, or of what an earlier line of the topic made.
 */
export type Line = string | LineWith

export interface LineWith {
  readonly run: string
  /** Keeps the id it prints under that name. */
  readonly as?: string
  /** Whose credentials; the administrator's by default. */
  readonly user?: 'demo' | 'nobody'
  readonly env?: Readonly<Record<string, string>>
}

export interface Topic {
  readonly title: string
  /**
   * `same`: both clients look at one world, so that their output is equal to the letter. `own`: each has a world of its
   * own, changes it, and ids and times are made equal before they are compared.
   */
  readonly world: 'same' | 'own'
  /** Of the same world, but its times go on: heartbeats. */
  readonly beats?: true
  readonly lines: readonly Line[]
}

export function lineWith(line: Line): LineWith {
  return typeof line === 'string' ? { run: line } : line
}

/** The words of a line. Pure. */
export function words(line: string): string[] {
  const found = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g) ?? []
  return found.map((word) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_all, one?: string, two?: string) => one ?? two ?? ''),
  )
}
