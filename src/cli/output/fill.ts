/**
 * Text broken into lines of at most so many characters, as Python's textwrap breaks it: at blanks, after hyphens
 * between letters, and inside a word only when it is longer than a line. Pure.
 * Source: Python's textwrap, "TextWrapper".
 */

const BLANK = '[\\t\\n\\v\\f\\r ]'
const NOT_BLANK = '[^\\t\\n\\v\\f\\r ]'
const WORD = '[\\p{L}\\p{N}_!"\'&.,?]'
const LETTER = '[\\p{L}_]'
const BYTE_ORDER_MARK = '\ufeff' // a blank to JavaScript, none to Python
/** Where Python's `strip` leaves nothing. */
const BLANKS = /^[\s\p{Zs}\x85]$/u
/** Blanks; a dash of two hyphens or more; a word, up to a hyphen where it may be broken. */
const CHUNK = new RegExp(
  `${BLANK}+` +
    `|(?<=${WORD})-{2,}(?=[\\p{L}\\p{N}_])` +
    `|${NOT_BLANK}+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))(?=${LETTER}-?${LETTER})|(?=${BLANK}|$)` +
    `|(?<=${WORD})(?=-{2,}[\\p{L}\\p{N}_]))`,
  'gu',
)

/** @param width in characters, not columns; at least one. */
export function fill(text: string, width: number): string {
  const chunks = (
    expandTabs(text)
      .replace(/[\t\n\v\f\r]/g, ' ')
      .match(CHUNK) ?? []
  ).map((chunk) => [...chunk])
  const lines: string[] = []
  chunks.reverse()
  while (chunks.length > 0) {
    const line: string[][] = []
    let length = 0
    if (lines.length > 0 && isBlank(chunks.at(-1))) chunks.pop()
    while (chunks.length > 0 && length + chunks.at(-1)!.length <= width) {
      const chunk = chunks.pop()!
      line.push(chunk)
      length += chunk.length
    }
    if (chunks.length > 0 && chunks.at(-1)!.length > width) breakWord(chunks, line, width - length, width)
    if (isBlank(line.at(-1))) line.pop()
    if (line.length > 0) lines.push(line.map((chunk) => chunk.join('')).join(''))
  }
  return lines.join('\n')
}

/** What of a word that fits no line goes on this one: up to its last hyphen if there is one. */
function breakWord(chunks: string[][], line: string[][], left: number, width: number): void {
  const room = width < 1 ? 1 : left
  const word = chunks.at(-1)!
  let end = room
  if (room > 0 && word.length > room) {
    const hyphen = word.lastIndexOf('-', room - 1)
    if (hyphen > 0 && word.slice(0, hyphen).some((character) => character !== '-')) end = hyphen + 1
  }
  line.push(word.slice(0, end))
  chunks[chunks.length - 1] = word.slice(end)
}

function isBlank(chunk: readonly string[] | undefined): boolean {
  return chunk?.every((character) => character !== BYTE_ORDER_MARK && BLANKS.test(character)) === true
}

function expandTabs(text: string): string {
  let column = 0
  return text.replace(/\t|[^\t]+/g, (part) => {
    const printed = part === '\t' ? ' '.repeat(8 - (column % 8)) : part
    column += [...printed].length
    return printed
  })
}
