/**
 * `<noun>-update`: at least one new value. Source: neutronclient 8.1.
 */

import type { Call, Command, Output, UpdateFace } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { pathOf } from '#cli/find.ts'
import { bodyOf } from './create.ts'
import { knownArguments } from './known.ts'
import { commonArguments, objectArgument, objectId, one, parentId, type Subject } from './target.ts'

export function updateCommand(subject: Subject, face: UpdateFace): Command {
  return {
    name: face.name ?? `${subject.noun}-update`,
    summary: face.summary ?? `Update ${one(subject.called)}.`,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      objectArgument(subject, 'update', face.help),
      ...(face.arguments ?? knownArguments(subject.outline, 'put')),
    ],
    unknown: 'values',
    ...(face.place && { place: face.place }),
    run: (call) => runUpdate(call, subject, face),
  }
}

async function runUpdate(call: Call, subject: Subject, face: UpdateFace): Promise<Output> {
  const { outline, called, resource } = subject
  const body = { ...(await bodyOf(call, subject, face, 'put')), ...call.values }
  if (Object.keys(body).length === 0) throw new CliError(`Must specify new values to update ${resource}`)
  const named = String(call.args.id)
  const parent = await parentId(call, subject)
  const id = outline.key === 'id' ? await objectId(call, subject, named, parent) : named
  await call.client.request('PUT', pathOf(outline, id, parent), { body: { [outline.body]: body } })
  call.print(`Updated ${called}: ${named}`)
  return null
}
