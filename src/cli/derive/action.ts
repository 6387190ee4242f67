/**
 * `<noun>-<action>`: the actions of a definition that no face gives a command of its own. What its options say is the
 * body, what the server answers is shown.
 */
import { isJsonObject } from '#base/json.ts'
import type { ActionFace, Call, Command, Output } from '#cli/command.ts'
import { bodyOf } from './create.ts'
import { fieldsOf } from './show.ts'
import { commonArguments, objectArgument, objectPath, type Subject, words } from './target.ts'

export function actionCommand(subject: Subject, action: string, face: ActionFace): Command {
  return {
    name: face.name ?? `${subject.noun}-${action.replaceAll('_', '-')}`,
    summary: face.summary ?? `${words(action)} of ${words(subject.called)}.`,
    ...(face.description !== undefined && { description: face.description }),
    arguments: [
      ...commonArguments(subject),
      objectArgument(subject, words(action), face.help),
      ...(face.arguments ?? []),
    ],
    output: 'show',
    unknown: 'values',
    run: (call) => runAction(call, subject, action, face),
  }
}

async function runAction(call: Call, subject: Subject, action: string, face: ActionFace): Promise<Output> {
  const { body: name } = subject.outline
  const values = { ...(await bodyOf(call, subject, { arguments: [], ...face }, 'put')), ...call.values }
  const path = `${await objectPath(call, subject)}/${action}`
  const answer = await call.client.request('PUT', path, { body: face.bare ? values : { [name]: values } })
  if (!isJsonObject(answer.body)) return null
  const shown = answer.body[name]
  return fieldsOf(isJsonObject(shown) ? shown : answer.body, call.format)
}
