/**
 * oslo.policy's rule language: text, or the old lists of lists, to a tree of checks. Pure; what a check is worth for
 * somebody is decided in evaluate.ts.
 * Source: oslo.policy's documentation, "Policy rule expressions"; Neutron's own check `field`.
 */
import type { Json } from '#base/json.ts'

export type Check =
  | { readonly kind: 'true' | 'false' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Check[] }
  | { readonly kind: 'not'; readonly of: Check }
  | { readonly kind: 'rule' | 'role'; readonly name: string }
  /** What the caller is (a credential's name, or a value itself) equals what the target has. */
  | { readonly kind: 'equal'; readonly left: Credential | Literal; readonly right: Template }
  /** The target's attribute has that value, or starts with, or contains the text. */
  | {
      readonly kind: 'field'
      readonly resource: string
      readonly attribute: string
      readonly match: 'equals' | 'starts' | 'contains'
      readonly text: string
    }

interface Credential {
  readonly credential: string
}
interface Literal {
  readonly literal: string
}

/** `before%(key)safter`; without a key it is a constant. */
export interface Template {
  readonly before: string
  readonly key: string | null
  readonly after: string
}

/** The rule cannot be read; the message says what and where in it. */
export class RuleSyntaxError extends Error {
  override name = 'RuleSyntaxError'
}

const RULE_LENGTH_MAX = 16_384
const DEPTH_MAX = 100

type Token = '(' | ')' | 'and' | 'or' | 'not' | { readonly check: Check }

/** @throws RuleSyntaxError */
export function parseRule(rule: Json): Check {
  if (typeof rule === 'string') return parseText(rule)
  if (Array.isArray(rule)) return parseList(rule as readonly Json[])
  throw new RuleSyntaxError('a rule is a text, or a list of lists of texts')
}

/** Any of the lists, each of which needs all its checks. The empty list allows everybody. */
function parseList(alternatives: readonly Json[]): Check {
  if (alternatives.length === 0) return { kind: 'true' }
  const some = alternatives
    .map((item) => (Array.isArray(item) ? (item as readonly Json[]) : [item]))
    .filter((items) => items.length > 0)
    .map((items) => group('and', items.map(parseListed)))
  return some.length === 0 ? { kind: 'false' } : group('or', some)
}

function parseListed(item: Json): Check {
  if (typeof item !== 'string') throw new RuleSyntaxError('a list of checks holds texts only')
  return parseCheck(item)
}

/** The empty text allows everybody. */
function parseText(text: string): Check {
  if (text.length > RULE_LENGTH_MAX) throw new RuleSyntaxError(`longer than ${RULE_LENGTH_MAX} characters`)
  const tokens = tokensOf(text)
  if (tokens.length === 0) return { kind: 'true' }
  const check = alternatives(tokens, 0)
  if (tokens.length > 0) throw new RuleSyntaxError(`${shown(tokens[0]!)} is not expected in: ${text}`)
  return check
}

/** Parentheses cling to words: `(role:a` and `role:b)` are taken apart; those inside a word (`%(x)s`) stay. */
function tokensOf(text: string): Token[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .flatMap((word): Token[] => {
      const inner = word.replace(/^\(+/, '')
      const clean = inner.replace(/\)+$/, '')
      const open = Array<Token>(word.length - inner.length).fill('(')
      const close = Array<Token>(inner.length - clean.length).fill(')')
      if (clean === '') return [...open, ...close]
      const lower = clean.toLowerCase()
      const operator = lower === 'and' || lower === 'or' || lower === 'not' ? lower : { check: parseCheck(clean) }
      return [...open, operator, ...close]
    })
}

function alternatives(tokens: Token[], depth: number): Check {
  const parts = [together(tokens, depth)]
  while (tokens[0] === 'or') {
    tokens.shift()
    parts.push(together(tokens, depth))
  }
  return group('or', parts)
}

function together(tokens: Token[], depth: number): Check {
  const parts = [single(tokens, depth)]
  while (tokens[0] === 'and') {
    tokens.shift()
    parts.push(single(tokens, depth))
  }
  return group('and', parts)
}

function single(tokens: Token[], depth: number): Check {
  if (depth > DEPTH_MAX) throw new RuleSyntaxError(`nested deeper than ${DEPTH_MAX}`)
  const token = tokens.shift()
  if (token === undefined) throw new RuleSyntaxError('the rule ends where a check is expected')
  if (token === 'not') return { kind: 'not', of: single(tokens, depth + 1) }
  if (token === '(') {
    const inner = alternatives(tokens, depth + 1)
    if (tokens.shift() !== ')') throw new RuleSyntaxError('a parenthesis is not closed')
    return inner
  }
  if (typeof token === 'string') throw new RuleSyntaxError(`'${token}' stands where a check is expected`)
  return token.check
}

function group(kind: 'and' | 'or', of: readonly Check[]): Check {
  return of.length === 1 ? of[0]! : { kind, of }
}

function parseCheck(text: string): Check {
  if (text === '@') return { kind: 'true' }
  if (text === '!') return { kind: 'false' }
  const colon = text.indexOf(':')
  if (colon < 0) throw new RuleSyntaxError(`'${text}' is no check: it has no colon`)
  const [kind, match] = [text.slice(0, colon), text.slice(colon + 1)]
  switch (kind) {
    case 'rule':
      return { kind, name: match }
    case 'role':
      if (match.includes('%(')) throw new RuleSyntaxError(`'${text}': a role is named, not taken from the target`)
      return { kind, name: match.toLowerCase() }
    case 'field':
      return parseField(text, match)
    case 'http':
    case 'https':
      throw new RuleSyntaxError(`'${text}': asking another server is not supported`)
    default: {
      const literal = literalOf(kind)
      return {
        kind: 'equal',
        left: literal === null ? { credential: kind } : { literal },
        right: templateOf(text, match),
      }
    }
  }
}

/** As Python prints the literal: `'Member'` is Member, `True` is True. Null when it is none. */
function literalOf(text: string): string | null {
  if (/^(?:'[^']*'|"[^"]*")$/.test(text)) return text.slice(1, -1)
  return /^(?:True|False|None|-?\d+)$/.test(text) ? text : null
}

function templateOf(text: string, match: string): Template {
  const found = /^([^%]*)%\(([^()]+)\)s([^%]*)$/.exec(match)
  if (found) return { before: found[1]!, key: found[2]!, after: found[3]! }
  if (match.includes('%(')) throw new RuleSyntaxError(`'${text}': one %(name)s is expected`)
  return { before: match.replaceAll('%%', '%'), key: null, after: '' }
}

/** `networks:router:external=True`; a value after `~` is a pattern that the start must match. */
function parseField(text: string, match: string): Check {
  const found = /^([^:]+):([^=]+)=(.*)$/.exec(match)
  if (!found) throw new RuleSyntaxError(`'${text}': field:<resource>:<attribute>=<value> is expected`)
  const [resource, attribute, value] = [found[1]!, found[2]!, found[3]!]
  if (!value.startsWith('~')) return { kind: 'field', resource, attribute, match: 'equals', text: value }
  const pattern = /^(\^|\.\*)?([^\\^$.|?*+()[\]{}]*)(\$?)$/.exec(value.slice(1))
  const [, lead = '', plain, end] = pattern ?? []
  if (plain === undefined || (end === '$' && lead === '.*')) {
    throw new RuleSyntaxError(`'${text}': of patterns, only ^text, ^text$ and .*text are supported`)
  }
  const how = end === '$' ? 'equals' : lead === '.*' ? 'contains' : 'starts'
  return { kind: 'field', resource, attribute, match: how, text: plain }
}

function shown(token: Token): string {
  return typeof token === 'string' ? `'${token}'` : 'a check'
}
