/**
 * What a command of a resource is about: its words for it, the arguments that name the object and its parent, and the
 * path they lead to. Asks the server for ids by name.
 */
import type { Argument, Call, ResourceFace } from '#cli/command.ts'
import { findId, outlineOf, pathOf } from '#cli/find.ts'
import type { Outline } from '#cli/outline.ts'

export interface Subject {
  readonly outline: Outline
  /** `net`. */
  readonly noun: string
  /** `network`: what most messages call it. */
  readonly called: string
  /** `qos_policy` of a `policy`: what messages about several, or about nothing to update, call it. */
  readonly resource: string
  /** Found by name as well as by id. */
  readonly names: boolean
}

/** Hidden: the only format there ever was. */
const REQUEST_FORMAT: readonly Argument[] = [
  { flags: ['--request-format'], name: 'request_format', choices: ['json'], default: 'json' },
  { flags: ['--request_format'], name: 'request_format', choices: ['json'] },
]

export function subjectOf(outline: Outline, face: ResourceFace): Subject {
  return {
    outline,
    noun: face.noun ?? outline.name.replaceAll('_', '-'),
    called: face.called ?? outline.body,
    resource: face.resource ?? outline.name,
    names: face.names ?? 'name' in outline.attributes,
  }
}

/** What every command of a resource has: the hidden format, and the parent of a child. */
export function commonArguments({ outline }: Subject): Argument[] {
  if (outline.parent === null) return [...REQUEST_FORMAT]
  const metavar = outline.parent.toUpperCase()
  const help = `ID or name of the ${words(outline.parent)} it belongs to.`
  return [...REQUEST_FORMAT, { name: 'parent', metavar, help }]
}

/** The argument that names the object. */
export function objectArgument({ called, names, outline }: Subject, doing: string, help?: string): Argument {
  const what = outline.key !== 'id' ? `The ${words(outline.key)}` : names ? 'ID or name' : 'ID'
  return { name: 'id', metavar: called.toUpperCase(), help: help ?? `${what} of the ${words(called)} to ${doing}.` }
}

/** The id of the parent that is named; the empty string where there is none. */
export async function parentId(call: Call, { outline }: Subject): Promise<string> {
  if (outline.parent === null) return ''
  return findId(call, outline.parent, String(call.args.parent), findOptions(outlineOf(call, outline.parent)))
}

function findOptions(outline: Outline): { names?: false } {
  return 'name' in outline.attributes || Object.keys(outline.attributes).length === 0 ? {} : { names: false }
}

/** The id of the object of that name or id. */
export async function objectId(call: Call, subject: Subject, nameOrId: string, parent: string): Promise<string> {
  const { outline, called, names } = subject
  return findId({ ...call, definitions: { ...call.definitions, [outline.name]: outline } }, outline.name, nameOrId, {
    called,
    parentId: parent,
    ...(!names && { names: false }),
  })
}

/** The path of the object that the call names; by id alone it is not looked up first. */
export async function objectPath(call: Call, subject: Subject): Promise<string> {
  const parent = await parentId(call, subject)
  const named = String(call.args.id)
  const id = subject.names && subject.outline.key === 'id' ? await objectId(call, subject, named, parent) : named
  return pathOf(subject.outline, id, parent)
}

/** `security_group` → `security group`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ')
}

/** `a network`, `an address group`. */
export function one(name: string): string {
  return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${words(name)}`
}
