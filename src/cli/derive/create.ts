/**
 * `<noun>-create`: the body from known and unknown options, and what was made of it. Source: neutronclient 8.1.
 */
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { withOld } from '#cli/arguments.ts'
import type { Argument, Call, Command, CreateFace, Output } from '#cli/command.ts'
import { pathOf } from '#cli/find.ts'
import { knownArguments, knownBody } from './known.ts'
import { fieldsOf } from './show.ts'
import { commonArguments, one, parentId, type Subject } from './target.ts'

const OWNER: Argument = {
  flags: ['--tenant-id'],
  name: 'tenant_id',
  metavar: 'TENANT_ID',
  help: 'The tenant that shall own it.',
}

export function createCommand(subject: Subject, face: CreateFace): Command {
  return {
    name: face.name ?? `${subject.noun}-create`,
    summary: face.summary ?? `Create ${one(subject.called)}.`,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      ...withOld(OWNER),
      ...(face.arguments ?? knownArguments(subject.outline, 'post')),
    ],
    output: 'show',
    unknown: 'values',
    ...(face.place && { place: face.place }),
    run: (call) => runCreate(call, subject, face),
  }
}

async function runCreate(call: Call, subject: Subject, face: CreateFace): Promise<Output> {
  const { outline, called } = subject
  const body = { ...(await bodyOf(call, subject, face, 'post')), ...call.values }
  const path = pathOf(outline, undefined, await parentId(call, subject))
  const answer = await call.client.request('POST', path, { body: { [outline.body]: body } })
  const made = isJsonObject(answer.body) ? answer.body[outline.body] : undefined
  if (!isJsonObject(made) || Object.keys(made).length === 0) return { kind: 'show', columns: [''], values: [''] }
  if (call.format === 'table') call.print(`Created a new ${called}:`)
  return fieldsOf(made, call.format)
}

/** What the face, or the definition where the face does not say, makes of the known options. */
export async function bodyOf(
  call: Call,
  { outline }: Subject,
  face: CreateFace,
  request: 'post' | 'put',
): Promise<JsonObject> {
  return face.body ? await face.body(call) : knownBody(call.args, face.arguments ?? null, outline, request)
}
