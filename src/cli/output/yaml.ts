/**
 * JSON values as block-style YAML, to the letter as PyYAML's safe dump writes them: sorted keys, ASCII only, lines folded
 * at 80 columns. Pure. It reads nothing. Source: YAML 1.1, "Flow Scalar Styles", "Block Collection Styles"; PyYAML 6.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { analyse, type Scalar } from './yaml-scalar.ts'

const WIDTH = 80
const KEY_LENGTH_MAX = 128

/** One mapping or sequence, ending in a line break. */
export function renderYaml(value: JsonObject | readonly JsonObject[]): string {
  const writer = new Writer()
  writer.node(value, { indent: -1, inMapping: false, isKey: false })
  return `${writer.text}\n`
}

interface Place {
  /** Of the collection around it; -1 at the root. */
  readonly indent: number
  readonly inMapping: boolean
  readonly isKey: boolean
}

/** Knows where on the line it is; everything else is told. */
class Writer {
  text = ''
  #column = 0
  /** Nothing but indentation and indicators stand on the line. */
  #indention = true
  #whitespace = true

  node(value: Json, place: Place): void {
    if (Array.isArray(value)) this.#sequence(value, place)
    else if (typeof value === 'object' && value !== null) this.#mapping(value as JsonObject, place)
    else this.#scalar(analyse(value), place)
  }

  #sequence(items: readonly Json[], { indent, inMapping }: Place): void {
    if (items.length === 0) this.#indicator('[]', true)
    const own = inMapping && !this.#indention ? indent : below(indent)
    for (const item of items) {
      this.#indent(own)
      this.#indicator('-', true, true)
      this.node(item, { indent: own, inMapping: false, isKey: false })
    }
  }

  #mapping(map: JsonObject, { indent }: Place): void {
    const keys = Object.keys(map).sort()
    if (keys.length === 0) this.#indicator('{}', true)
    const own = below(indent)
    for (const key of keys) {
      this.#indent(own)
      const scalar = analyse(key)
      const isSimple = [...key].length + '!!str'.length < KEY_LENGTH_MAX && key !== '' && !scalar.multiline
      if (!isSimple) this.#indicator('?', true, true)
      this.#scalar(scalar, { indent: own, inMapping: true, isKey: isSimple })
      if (!isSimple) this.#indent(own)
      this.#indicator(':', !isSimple, !isSimple)
      this.node(map[key]!, { indent: own, inMapping: true, isKey: false })
    }
  }

  #scalar(scalar: Scalar, { indent, isKey }: Place): void {
    const own = indent + 2
    if (scalar.style === 'plain') this.#plain(scalar.text, own, !isKey)
    else if (scalar.style === 'single' && !(isKey && scalar.multiline)) this.#single(scalar.text, own, !isKey)
    else this.#double(scalar.text, own, !isKey)
  }

  #put(data: string): void {
    this.text += data
    this.#column += [...data].length
  }

  #indicator(text: string, needsSpace: boolean, isIndention = false): void {
    this.#put(this.#whitespace || !needsSpace ? text : ` ${text}`)
    this.#whitespace = false
    this.#indention &&= isIndention
  }

  #break(data = '\n'): void {
    this.text += data
    this.#whitespace = true
    this.#indention = true
    this.#column = 0
  }

  #indent(indent: number): void {
    if (!this.#indention || this.#column > indent || (this.#column === indent && !this.#whitespace)) this.#break()
    if (this.#column >= indent) return
    this.#whitespace = true
    this.#put(' '.repeat(indent - this.#column))
  }

  #continueLine(indent: number): void {
    this.#indent(indent)
    this.#whitespace = false
    this.#indention = false
  }

  #plain(text: string, indent: number, split: boolean): void {
    if (text !== '' && !this.#whitespace) this.#put(' ')
    this.#whitespace = false
    this.#indention = false
    for (const [run] of text.matchAll(/ +|[^ ]+/g)) {
      if (run === ' ' && this.#column > WIDTH && split) this.#continueLine(indent)
      else this.#put(run)
    }
  }

  #single(text: string, indent: number, split: boolean): void {
    this.#indicator("'", true)
    for (const { 0: run, index } of text.matchAll(/ +|\n+|[^ \n]+/g)) {
      const isInside = index > 0 && index + run.length < text.length
      if (run === ' ' && this.#column > WIDTH && split && isInside) this.#indent(indent)
      else if (run.startsWith('\n')) {
        for (let count = 0; count <= run.length; count++) this.#break()
        this.#indent(indent)
      } else this.#put(run.replaceAll("'", "''"))
    }
    this.#indicator("'", false)
  }

  #double(text: string, indent: number, split: boolean): void {
    const characters = [...text]
    let start = 0 // of what is not written yet
    const writeTo = (end: number) => {
      if (start >= end) return
      this.#put(characters.slice(start, end).join(''))
      start = end
    }
    this.#indicator('"', true)
    characters.forEach((character, at) => {
      const escaped = escapeOf(character)
      if (escaped !== null) {
        writeTo(at)
        this.#put(escaped)
        start = at + 1
      }
      const mayBreak = split && at > 0 && at < characters.length - 1 && (character === ' ' || start >= at)
      if (!mayBreak || this.#column + at - start <= WIDTH) return
      writeTo(at)
      this.#put('\\')
      this.#continueLine(indent)
      if (characters[start] === ' ') this.#put('\\')
    })
    writeTo(characters.length)
    this.#indicator('"', false)
  }
}

function below(indent: number): number {
  return indent < 0 ? 0 : indent + 2
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u00a0': '_',
  '\u2028': 'L',
  '\u2029': 'P',
}

/** Null when the character stands for itself. */
function escapeOf(character: string): string | null {
  const named = ESCAPES[character]
  if (named !== undefined) return `\\${named}`
  if (character >= ' ' && character <= '~') return null
  const point = character.codePointAt(0)!
  const hex = point.toString(16).toUpperCase()
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return point <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}
