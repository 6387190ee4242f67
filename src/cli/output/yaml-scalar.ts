/**
 * Which way a scalar may be written in YAML: plain, in single quotes, or in double quotes with escapes. Pure.
 * Source: YAML 1.1, "Productions"; YAML 1.1's type repository (bool, float, int, merge, null, timestamp, value).
 */
import type { Json } from '#base/json.ts'
import { isNumber, pythonText } from './python.ts'

export interface Scalar {
  readonly text: string
  readonly style: 'plain' | 'single' | 'double'
  readonly multiline: boolean
}

/** Texts that a reader would take for something else than text. */
const RESOLVED = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?$/,
  /^\.\d[\d_]*(?:[eE][-+]\d+)?$/,
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][\d_]*|0x[\da-fA-F_]+|[1-9][\d_]*(?::[0-5]?\d)+)$/,
  /^(?:<<|=|~|null|Null|NULL|!|&|\*|)$/,
  /^\d{4}-\d\d-\d\d$/,
  /^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]

export function analyse(value: Exclude<Json, readonly Json[] | { readonly [key: string]: Json }>): Scalar {
  if (isNumber(value)) return { text: numberText(value), style: 'plain', multiline: false }
  if (value === null) return { text: 'null', style: 'plain', multiline: false }
  if (typeof value === 'boolean') return { text: String(value), style: 'plain', multiline: false }
  return { text: value, style: styleOf(value), multiline: /[\n\u0085\u2028\u2029]/.test(value) }
}

function numberText(value: number): string {
  const text = pythonText(value)
  return text.includes('.') ? text : text.replace('e', '.0e')
}

function styleOf(text: string): Scalar['style'] {
  if (/[^\n -~]/.test(text) || / \n|\n /.test(text)) return 'double'
  return isPlain(text) && !RESOLVED.some((pattern) => pattern.test(text)) ? 'plain' : 'single'
}

function isPlain(text: string): boolean {
  if (/^[ \n]|[ \n]$|\n/.test(text) || /^(?:---|\.\.\.)/.test(text)) return false
  if (/^[#,[\]{}&*!|>'"%@`]/.test(text) || /^[?:-](?: |$)/.test(text)) return false
  return !/:(?: |$)| #/.test(text)
}
