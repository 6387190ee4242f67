/**
 * All commands of one resource, from its outline and its face. Pure: what they do, they do when they are run.
 */
import type { Command, Face, ResourceFace } from '#cli/command.ts'
import type { Outline } from '#cli/outline.ts'
import { actionCommand } from './action.ts'
import { createCommand } from './create.ts'
import { deleteCommand } from './delete.ts'
import { listCommand } from './list.ts'
import { showCommand } from './show.ts'
import { subjectOf } from './target.ts'
import { updateCommand } from './update.ts'

export function deriveCommands(outline: Outline, face: ResourceFace = {}): Command[] {
  const subject = subjectOf(outline, face)
  const has = (method: Outline['methods'][number]) => outline.methods.includes(method)
  const commands: Command[] = []
  if (has('list') && face.list !== false) commands.push(listCommand(subject, face.list ?? {}))
  for (const { name, ...list } of face.lists ?? []) commands.push(listCommand(subject, { ...list, name }))
  if (has('show') && face.show !== false) commands.push(showCommand(subject, face.show ?? {}))
  if (has('create') && face.create !== false) commands.push(createCommand(subject, face.create ?? {}))
  if (has('update') && face.update !== false) commands.push(updateCommand(subject, face.update ?? {}))
  if (has('delete') && face.delete !== false) commands.push(deleteCommand(subject, face.delete ?? {}))
  for (const { name, help } of outline.actions) {
    const action = face.actions?.[name] ?? {}
    if (action !== false) commands.push(actionCommand(subject, name, { summary: help, ...action }))
  }
  return commands
}

/** The lists that another feature adds to a resource. */
export function addedLists(outline: Outline, { lists = {} }: Face): Command[] {
  const subject = subjectOf(outline, {})
  return (lists[outline.name] ?? []).map((list) => listCommand(subject, list))
}
