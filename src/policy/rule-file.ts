/**
 * Reads a policy file: JSON, or the part of YAML that policy files are written in – one mapping of names to rules, with
 * comments, quotes, values that go on in the next line, block scalars and lists of lists. Pure. Everything else of YAML
 * (anchors, tags, nested mappings) is refused, not guessed at.
 * Source: YAML 1.2.2, chapters 6 to 8; oslo.policy's policy.yaml and policy.json.
 */
import { isJsonObject, type Json } from '#base/json.ts'

export class RuleFileError extends Error {
  override name = 'RuleFileError'
  readonly line: number

  constructor(line: number, reason: string) {
    super(reason)
    this.line = line
  }
}

export interface WrittenRule {
  readonly rule: Json
  /** Null in a JSON file. */
  readonly line: number | null
}

/** Rules by name, as written; of a name given twice the last holds. @throws RuleFileError */
export function parseRuleFile(text: string): ReadonlyMap<string, WrittenRule> {
  const trimmed = text.trim()
  if (trimmed.startsWith('{')) return parseJson(trimmed)
  return parseYaml(text.split(/\r\n|\n|\r/))
}

function parseJson(text: string): ReadonlyMap<string, WrittenRule> {
  try {
    const value: unknown = JSON.parse(text)
    if (isJsonObject(value)) return new Map(Object.entries(value).map(([name, rule]) => [name, { rule, line: null }]))
  } catch (error) {
    throw new RuleFileError(1, `no valid JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  throw new RuleFileError(1, 'a mapping of names to rules is expected')
}

function parseYaml(lines: readonly string[]): ReadonlyMap<string, WrittenRule> {
  const rules = new Map<string, WrittenRule>()
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!
    if (/^\s*(?:#|$)/.test(line) || /^(?:---|\.\.\.)\s*(?:#|$)/.test(line)) continue
    const number = at + 1
    if (/^\s/.test(line)) throw new RuleFileError(number, 'an indented line that continues nothing')
    const { name, rest } = keyOf(line, number)
    const more: string[] = []
    while (at + 1 < lines.length && /^\s+\S|^\s*$/.test(lines[at + 1]!)) more.push(lines[++at]!)
    rules.set(name, { rule: ruleOf(rest, more, number), line: number })
  }
  return rules
}

function keyOf(line: string, number: number): { name: string; rest: string } {
  const found =
    /^"((?:[^"\\]|\\.)*)"\s*:(?:\s+(.*)|)$/.exec(line) ??
    /^'((?:[^']|'')*)'\s*:(?:\s+(.*)|)$/.exec(line) ??
    /^([A-Za-z_](?:[^\s:#]|:(?!\s|$))*)\s*:(?:\s+(.*)|)$/.exec(line)
  if (!found) throw new RuleFileError(number, '"name": "rule" is expected')
  return { name: found[1]!, rest: found[2] ?? '' }
}

function ruleOf(first: string, more: readonly string[], number: number): Json {
  const start = first.trim()
  if (/^[|>][+-]?\s*(?:#.*)?$/.test(start)) return folded(more)
  const whole = folded([start.startsWith('#') ? '' : start, ...more.filter((line) => !/^\s*#/.test(line))])
  if (whole === '') throw new RuleFileError(number, 'the rule is missing; "" allows everybody, "!" nobody')
  if (whole.startsWith('"')) return quoted(whole, /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/, number, unescaped)
  if (whole.startsWith("'")) {
    // 'Member':%(x)s is a rule of its own, unquoted; a quoted value ends with its quote.
    return quoted(whole, /^('(?:[^']|'')*')\s*(?:#.*)?$/, number, (text) => text.slice(1, -1).replaceAll("''", "'"))
  }
  if (whole.startsWith('[')) return listOf(whole, number)
  if (/^[&*{%`|>]/.test(whole)) throw new RuleFileError(number, `a rule cannot begin with ${whole[0]}`)
  return whole.replace(/\s+#.*$/, '')
}

function folded(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}

function quoted(text: string, shape: RegExp, number: number, read: (text: string) => string): string {
  const found = shape.exec(text)
  if (!found) throw new RuleFileError(number, 'a quote is not closed, or text follows it')
  return read(found[1]!)
}

function unescaped(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, sign: string) => ({ n: '\n', t: '\t' })[sign] ?? sign)
}

function listOf(text: string, number: number): Json {
  try {
    return JSON.parse(text.replace(/\s+#[^"']*$/, '').replaceAll("'", '"')) as Json
  } catch {
    throw new RuleFileError(number, 'a list of lists of quoted checks is expected')
  }
}
