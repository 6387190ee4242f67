/**
 * Holds every answer that a test gets against the server's own OpenAPI document: what is said of an attribute must be
 * true of each value that is shown.
 */
import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { JsonObject } from '#base/json.ts'

/** Throws when a body is not as the document says. Paths it does not know are nobody's promise. */
export type CheckAnswer = (method: string, path: string, status: number, body: unknown) => void

interface Known {
  readonly path: RegExp
  readonly pointer: string
  readonly operations: JsonObject
}

export function conforming(document: JsonObject): CheckAnswer {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'api')
  const known = Object.entries(document.paths as JsonObject)
    .map(([path, operations]) => ({
      path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+').replaceAll('.', '\\.')}$`),
      pointer: `api#/paths/${escapePointer(path)}`,
      operations: operations as JsonObject,
    }))
    .sort((a, b) => Number(/\{/.test(a.pointer)) - Number(/\{/.test(b.pointer)))
  const validators = new Map<string, ValidateFunction | null>()
  const validatorOf = (found: Known, method: string, status: number): ValidateFunction | null => {
    const { responses } = (found.operations[method] ?? {}) as { responses?: JsonObject }
    if (!responses) return null
    const code = [String(status), '2XX', 'default'].find((each) => responses[each] !== undefined)
    assert.ok(code, `${method} ${found.pointer} answers ${status}, which the document does not know`)
    if (JSON.stringify(responses[code]).includes('responses/Error')) return null
    const { content } = responses[code] as { content?: JsonObject }
    if (content?.['application/json'] === undefined) return null
    const pointer = `${found.pointer}/${method}/responses/${code}/content/application~1json/schema`
    return ajv.compile({ $ref: pointer.replaceAll('{', '%7B').replaceAll('}', '%7D') })
  }
  return (method, path, status, body) => {
    if (status >= 400 || body === null) return
    const plain = path
      .split('?')[0]!
      .replace(/\.json$/, '')
      .replace(/^(\/v2\.0\/[a-z-]+)/, (start) => start.replaceAll('-', '_'))
    const found = known.find((each) => each.path.test(plain) && each.operations[method.toLowerCase()] !== undefined)
    if (!found) return
    const key = `${method} ${found.pointer} ${status}`
    const validate =
      validators.get(key) ?? (validators.has(key) ? null : validatorOf(found, method.toLowerCase(), status))
    validators.set(key, validate)
    if (validate === null || validate(body)) return
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'oneOf')
    const first = errors[0] ?? validate.errors?.[0]
    const value = first?.instancePath
      .split('/')
      .slice(1)
      .reduce<unknown>((at, part) => (at as JsonObject)?.[part.replaceAll('~1', '/')], body)
    assert.fail(
      `${method} ${path}: the answer is not what the OpenAPI document says: ` +
        `${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}, and is ${JSON.stringify(value)}`,
    )
  }
}

function escapePointer(path: string): string {
  return path.replaceAll('~', '~0').replaceAll('/', '~1')
}
