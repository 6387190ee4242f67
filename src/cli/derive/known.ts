/**
 * Options made from the attributes of a definition, for resources whose face names none: what upstream's command never
 * had. Pure.
 */
import type { Json, JsonObject } from '#base/json.ts'
import type { Argument, Call } from '#cli/command.ts'
import type { AttributeOutline, Outline } from '#cli/outline.ts'
import { dictOf } from '#cli/types.ts'

/** The name first, as an argument of its own where objects have one; everything else as `--<attribute> VALUE`. */
export function knownArguments({ attributes }: Outline, request: 'post' | 'put'): Argument[] {
  return Object.entries(attributes)
    .filter(([name, attribute]) => attribute[request] && name !== 'project_id' && name !== 'tenant_id')
    .map(([name, attribute]) => {
      if (request === 'post' && name === 'name') return { name, metavar: 'NAME', nargs: '?', help: 'Its name.' }
      return known(name, attribute, request)
    })
}

function known(name: string, attribute: AttributeOutline, request: 'post' | 'put'): Argument {
  const { kind, choices, help } = attribute
  return {
    flags: [`--${name.replaceAll('_', '-')}`],
    name,
    metavar: metavarOf(name, attribute),
    help: help === undefined ? `The ${name.replaceAll('_', ' ')}.` : help.replaceAll('`', ''),
    ...(kind === 'integer' && { type: 'integer' as const }),
    ...((kind === 'dict' || kind === 'dicts') && { type: dictOf() }),
    ...((kind === 'list' || kind === 'dicts') && { nargs: '+' as const }),
    ...(kind === 'boolean' && { choices: ['True', 'true', 'False', 'false'] }),
    ...(kind === 'string' && choices && { choices }),
    ...(request === 'post' && attribute.required && { required: true }),
  }
}

function metavarOf(name: string, { kind, choices }: AttributeOutline): string {
  if (kind === 'boolean') return '{True,False}'
  if (kind === 'dict' || kind === 'dicts') return 'KEY=VALUE[,KEY=VALUE...]'
  if (kind === 'string' && choices) return `{${choices.join(',')}}`
  return name.toUpperCase()
}

/** What is given of the known options, each under its name. */
export function knownBody(
  args: Call['args'],
  own: readonly Argument[] | null,
  outline: Outline,
  request: 'post' | 'put',
): JsonObject {
  const names = new Set((own ?? knownArguments(outline, request)).map(({ name }) => name))
  if (request === 'post') names.add('tenant_id')
  return Object.fromEntries(
    [...names].flatMap((name): [string, Json][] => {
      const value = args[name]
      return value === undefined || value === null ? [] : [[name, value]]
    }),
  )
}
