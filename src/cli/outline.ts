/**
 * Resources as the command line needs them: plain data made from the definitions, so that it can be kept in a file and
 * one command loads no definition. Says nothing about validity: the server decides.
 */
import type { Json } from '#base/json.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import type { TypeSpec } from '#resource/definition.ts'

export interface AttributeOutline {
  /** `list` takes several words, `dict` `key=value,…`, `dicts` several of these. */
  readonly kind: 'string' | 'boolean' | 'integer' | 'list' | 'dict' | 'dicts'
  readonly post: boolean
  readonly put: boolean
  readonly required: boolean
  readonly choices?: readonly (string | number)[]
  readonly default?: Json
  readonly help?: string
}

export interface Outline {
  /** Singular: `floatingip_port_forwarding`. */
  readonly name: string
  /** The plural in bodies. */
  readonly collection: string
  /** The singular in bodies. */
  readonly body: string
  /** From `/`, with `{parent}` where the parent's id stands: `/floatingips/{parent}/port_forwardings`. */
  readonly path: string
  readonly parent: string | null
  /** What names one in the path. */
  readonly key: string
  readonly methods: readonly ('list' | 'show' | 'create' | 'update' | 'delete')[]
  readonly owned: boolean
  readonly attributes: { readonly [name: string]: AttributeOutline }
  readonly actions: readonly { readonly name: string; readonly help: string }[]
}

export type Outlines = Readonly<Record<string, Outline>>

/** Pure. `all` by name: for the paths of parents. */
export function outline(resource: CompiledResource, all: ReadonlyMap<string, CompiledResource>): Outline {
  const parent = resource.parent === null ? null : (all.get(resource.parent.resource) ?? null)
  const { prefix } = resource.definition
  const top = `/${prefix === undefined ? '' : `${prefix}/`}${resource.collection.replaceAll('_', '-')}`
  return {
    name: resource.name,
    collection: resource.collection,
    body: resource.body,
    path: parent === null ? top : `${outline(parent, all).path}/{parent}/${resource.collection}`,
    parent: parent?.name ?? null,
    key: resource.key,
    methods: [...resource.methods],
    owned: resource.owned,
    attributes: Object.fromEntries(
      [...resource.attributes.values()].map(({ name, attribute, inPost, inPut, required }) => {
        const choices = choicesOf(attribute.type)
        const said: AttributeOutline = {
          kind: kindOf(attribute.type),
          post: inPost,
          put: inPut,
          required,
          ...(choices && { choices }),
          ...(attribute.default !== undefined && { default: attribute.default }),
          ...(attribute.help !== undefined && { help: attribute.help }),
        }
        return [name, said]
      }),
    ),
    actions: [...resource.actions.values()].map(({ name, help }) => ({ name, help })),
  }
}

function kindOf(type: TypeSpec): AttributeOutline['kind'] {
  if (typeof type === 'string') {
    const word = type.replace('?', '')
    if (word === 'boolean' || word === 'integer' || word === 'dict') return word
    return word === 'uuids' ? 'list' : 'string'
  }
  if ('integer' in type) return 'integer'
  if ('list' in type) return kindOf(type.list) === 'dict' ? 'dicts' : 'list'
  if ('dict' in type) return 'dict'
  if ('check' in type) return type.as === undefined ? 'string' : kindOf(type.as)
  return 'string'
}

function choicesOf(type: TypeSpec): readonly (string | number)[] | undefined {
  if (typeof type === 'string') return undefined
  if ('values' in type) return type.values
  return 'check' in type && type.as !== undefined ? choicesOf(type.as) : undefined
}
