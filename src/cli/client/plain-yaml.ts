/**
 * Reads the YAML that a clouds.yaml usually is: maps of names to words, numbers and quoted texts, one to a line. It
 * answers null where there is anything else, and the file is read by a whole parser: that takes four times as long to
 * load as a command takes for everything else before its first request. Pure.
 * Source: YAML 1.2.2, core schema.
 */
import type { JsonObject } from '#base/json.ts'

const LINE = /^( *)([A-Za-z_][\w-]*):(?: +(\S.*?))? *$/
const NOTHING = /^ *(?:#.*)?$/
const QUOTED = /^(?:"([^"\\]*)"|'([^']*)')$/
const INTEGER = /^(?:0|-?[1-9]\d{0,14})$/
const WORD = /^[A-Za-z/][\w./@:%+=-]*$/
/** Words that are not text, in one version of YAML or another. */
const SPECIAL = /^(?:true|false|null|yes|no|on|off|y|n|[^:]*:)$/i

type Branch = { readonly indent: number; readonly map: Record<string, JsonObject[string]> }

/** The same as a whole parser's answer, or null. */
export function readPlainYaml(text: string): JsonObject | null {
  const root: Branch = { indent: 0, map: {} }
  const open: Branch[] = [root]
  /** The map that the last line began; it must not stay empty. */
  let begun: Record<string, JsonObject[string]> | null = null
  for (const line of text.replace(/^---\n/, '').split('\n')) {
    if (NOTHING.test(line)) continue
    const [, blank, key, value] = LINE.exec(line) ?? []
    if (blank === undefined || key === undefined || SPECIAL.test(key)) return null
    const indent = blank.length
    if (begun !== null) {
      if (indent <= open.at(-1)!.indent) return null
      open.push({ indent, map: begun })
      begun = null
    }
    while (open.length > 1 && indent < open.at(-1)!.indent) open.pop()
    const { indent: wanted, map } = open.at(-1)!
    if (indent !== wanted || Object.hasOwn(map, key)) return null
    if (value === undefined) {
      begun = {}
      map[key] = begun
    } else {
      const scalar = scalarOf(value)
      if (scalar === null) return null
      map[key] = scalar
    }
  }
  return begun === null && Object.keys(root.map).length > 0 ? root.map : null
}

function scalarOf(text: string): string | number | boolean | null {
  const quoted = QUOTED.exec(text)
  if (quoted) return quoted[1] ?? quoted[2]!
  if (text === 'true' || text === 'false') return text === 'true'
  if (INTEGER.test(text)) return Number(text)
  return WORD.test(text) && !SPECIAL.test(text) ? text : null
}
