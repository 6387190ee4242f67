/**
 * `<noun>-delete`: one or several; what is not there and what is not unique is told at the end, the others are deleted.
 * Source: neutronclient 8.1.
 */
import type { Call, Command, DeleteFace, Output } from '#cli/command.ts'
import { CliError, HttpError, NoUniqueMatch } from '#cli/errors.ts'
import { pathOf } from '#cli/find.ts'
import { commonArguments, objectArgument, objectId, one, parentId, type Subject, words } from './target.ts'

export function deleteCommand(subject: Subject, face: DeleteFace): Command {
  const several = `ID(s)${subject.names ? ' or name(s)' : ''} of ${words(subject.called)} to delete.`
  const object = objectArgument(subject, 'delete', face.help ?? several)
  return {
    name: face.name ?? `${subject.noun}-delete`,
    summary: face.summary ?? `Delete ${one(subject.called)}.`,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      { ...object, nargs: face.bulk === false ? 1 : '+' },
      ...(face.arguments ?? []),
    ],
    unknown: 'ignored',
    run: (call) => runDelete(call, subject),
  }
}

async function runDelete(call: Call, subject: Subject): Promise<Output> {
  const named = Array.isArray(call.args.id) ? call.args.id.map(String) : []
  const parent = await parentId(call, subject)
  const deleted: string[] = []
  const missing: string[] = []
  const ambiguous: string[] = []
  let meant: CliError['meant']
  for (const name of named) {
    try {
      await deleteOne(call, subject, name, parent)
      deleted.push(name)
    } catch (error) {
      if (error instanceof NoUniqueMatch) ambiguous.push(name)
      else if (error instanceof HttpError && error.status === 404) {
        missing.push(name)
        meant ??= error.meant
      } else throw error
    }
  }
  const { resource } = subject
  if (deleted.length > 0) call.print(`Deleted ${resource}(s): ${deleted.join(', ')}`)
  const wrong: string[] = []
  if (missing.length > 0) wrong.push(`Unable to find ${resource}(s) with id(s) '${missing.join(', ')}'.`)
  if (ambiguous.length > 0) {
    wrong.push(
      `Multiple ${resource}(s) matches found for name(s) '${ambiguous.join(', ')}'. ` +
        'Please use an ID to be more specific.',
    )
  }
  if (wrong.length > 0) throw Object.assign(new CliError(wrong.join('\n')), meant && { meant })
  return null
}

async function deleteOne(call: Call, subject: Subject, name: string, parent: string): Promise<void> {
  const byName = subject.names && subject.outline.key === 'id'
  const id = byName ? await objectId(call, subject, name, parent) : name
  await call.client.request('DELETE', pathOf(subject.outline, id, parent))
}
