/** Tags on the command line. Source: neutronclient 8.1's commands of tags. */
import { flag, option } from '#cli/arguments.ts'
import { type Argument, type Call, type Command, defineCli } from '#cli/command.ts'
import { CliError } from '#cli/errors.ts'
import { findId, outlineOf, pathOf } from '#cli/find.ts'

const TAGGED: readonly Argument[] = [
  option('--resource-type', 'What kind of resource it is.', {
    choices: ['network', 'subnet', 'port', 'router', 'subnetpool'],
    required: true,
  }),
  option('--resource', 'ID or name of the resource.', { required: true }),
]

async function tagsPath(call: Call): Promise<string> {
  const kind = String(call.args.resource_type)
  return `${pathOf(outlineOf(call, kind), await findId(call, kind, String(call.args.resource)))}/tags`
}

const tagAdd: Command = {
  name: 'tag-add',
  summary: 'Add a tag to a resource.',
  arguments: [...TAGGED, option('--tag', 'The tag to add.', { required: true })],
  unknown: 'ignored',
  async run(call) {
    if (!call.args.tag) throw new CliError('Cannot add an empty value as tag')
    await call.client.request('PUT', `${await tagsPath(call)}/${encodeURIComponent(String(call.args.tag))}`)
    return null
  },
}

const tagReplace: Command = {
  name: 'tag-replace',
  summary: 'Give a resource these tags and no others.',
  arguments: [
    ...TAGGED,
    option('--tag', 'A tag. Can be repeated.', { name: 'tags', metavar: 'TAG', action: 'append', required: true }),
  ],
  unknown: 'ignored',
  async run(call) {
    await call.client.request('PUT', await tagsPath(call), { body: { tags: call.args.tags ?? [] } })
    return null
  },
}

const tagRemove: Command = {
  name: 'tag-remove',
  summary: 'Take a tag, or all of them, from a resource.',
  arguments: [
    ...TAGGED,
    flag('--all', 'Take all tags from the resource.', { exclusive: 'tag' }),
    option('--tag', 'The tag to take.', { exclusive: 'tag' }),
  ],
  unknown: 'ignored',
  async run(call) {
    const { all, tag } = call.args
    if (!all && !tag) throw new CliError('--all or --tag must be specified')
    const path = await tagsPath(call)
    await call.client.request('DELETE', all ? path : `${path}/${encodeURIComponent(String(tag))}`)
    return null
  },
}

export default defineCli({ commands: [tagAdd, tagReplace, tagRemove] })
