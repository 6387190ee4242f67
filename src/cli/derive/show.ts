/**
 * `<noun>-show`: one object, its fields by name. Source: neutronclient 8.1.
 */
import { isJsonObject, type Json, type JsonObject } from '#base/json.ts'
import type { Call, Command, Output, ShowFace } from '#cli/command.ts'
import { pythonJson, pythonText } from '#cli/output/python.ts'
import { detailArguments } from './list.ts'
import { commonArguments, objectArgument, objectPath, one, type Subject } from './target.ts'

export function showCommand(subject: Subject, face: ShowFace): Command {
  return {
    name: face.name ?? `${subject.noun}-show`,
    summary: face.summary ?? `Show ${one(subject.called)}.`,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      ...detailArguments,
      objectArgument(subject, 'show', face.help),
      ...(face.arguments ?? []),
    ],
    output: 'show',
    unknown: 'ignored',
    run: (call) => runShow(call, subject, face),
  }
}

async function runShow(call: Call, subject: Subject, { indent }: ShowFace): Promise<Output> {
  const fields = Array.isArray(call.args.fields) ? call.args.fields : []
  const query = fields.length > 0 ? { fields } : call.args.show_details ? { verbose: 'True' } : {}
  const { body } = await call.client.request('GET', await objectPath(call, subject), { query })
  const shown = isJsonObject(body) ? body[subject.outline.body] : undefined
  return isJsonObject(shown) ? fieldsOf(shown, call.format, indent ?? null) : null
}

/** The object as a table of its fields; nested values as text where it is for people. */
export function fieldsOf(object: JsonObject, format: string, indent: number | null = null): Output {
  const columns = Object.keys(object).sort()
  const values = columns.map((column) => object[column] ?? null)
  return { kind: 'show', columns, values: format === 'table' ? values.map((value) => readable(value, indent)) : values }
}

function readable(value: Json, indent: number | null): Json {
  if (value === null) return ''
  if (Array.isArray(value)) {
    return value.map((item: Json) => (isJsonObject(item) ? pythonJson(item, indent) : pythonText(item))).join('\n')
  }
  return isJsonObject(value) ? pythonJson(value, indent) : value
}
