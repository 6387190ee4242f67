/**
 * Text broken into lines as Python's textwrap does: at spaces, behind hyphens between letters, and inside a word that is
 * longer than a line. Pure. Source: documentation of Python's textwrap.
 */

const PUNCTUATED = `[\\w!"'&.,?]`
const LETTER = '[^\\d\\W]'
const SPACE = '[\\t\\n\\x0b\\x0c\\r ]'
const WORD = '[^\\t\\n\\x0b\\x0c\\r ]'
/** A space, a dash between words, or a word up to a hyphen, a dash or its end. */
const CHUNK = new RegExp(
  `(${SPACE}+|(?<=${PUNCTUATED})-{2,}(?=\\w)|${WORD}+?(?:-(?:(?<=${LETTER}{2}-)|(?<=${LETTER}-${LETTER}-))` +
    `(?=${LETTER}-?${LETTER})|(?=${SPACE}|$)|(?<=${PUNCTUATED})(?=-{2,}\\w)))`,
)

/** The same of a text without a hyphen, and much faster. */
const SPACES = new RegExp(`(${SPACE}+)`)

export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  const chunks = text.split(text.includes('-') ? CHUNK : SPACES).filter((chunk) => chunk !== '')
  while (chunks.length > 0) {
    if (chunks[0]!.trim() === '' && lines.length > 0) chunks.shift()
    const line: string[] = []
    let length = 0
    while (chunks.length > 0 && length + chunks[0]!.length <= width) {
      length += chunks[0]!.length
      line.push(chunks.shift()!)
    }
    if (chunks[0] !== undefined && chunks[0].length > width) breakWord(chunks, line, width - length)
    if (line.at(-1)?.trim() === '') line.pop()
    if (line.length > 0) lines.push(line.join(''))
  }
  return lines
}

/** Puts the part of a word that is too long for any line into this one; behind its last hyphen where it has one. */
function breakWord(chunks: string[], line: string[], room: number): void {
  const [word = ''] = chunks
  const hyphen = word.lastIndexOf('-', room - 1)
  const end = word.length > room && hyphen > 0 && /[^-]/.test(word.slice(0, hyphen)) ? hyphen + 1 : room
  line.push(word.slice(0, end))
  chunks[0] = word.slice(end)
  if (chunks[0] === '') chunks.shift()
}
