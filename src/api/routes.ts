/**
 * Plugins' own paths: templates like `/quotas/{project_id}/details`, looked up segment by segment; text before a
 * variable, so `/quotas/tenant` is not taken for a project. Pure.
 */
import type { RouteHandler } from '#plugin/plugin.ts'
import type { Route } from '#plugin/start.ts'

export interface Match {
  readonly params: { readonly [name: string]: string }
  /** Those of `params` that may be any text; the others are ids. */
  readonly texts: ReadonlySet<string>
  /** By method; empty never. */
  readonly handlers: ReadonlyMap<string, RouteHandler>
}

interface Node {
  readonly texts: Map<string, Node>
  variable: { readonly name: string; readonly isText: boolean; readonly node: Node } | null
  readonly handlers: Map<string, RouteHandler>
}

const newNode = (): Node => ({ texts: new Map(), variable: null, handlers: new Map() })

export class RouteTable {
  readonly #root = newNode()

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route)
  }

  #add({ method, path, handle }: Route): void {
    let node = this.#root
    for (const [index, segment] of path
      .split('/')
      .filter((text) => text !== '')
      .entries()) {
      const [, name, text] = /^\{(\w+)(:text)?\}$/.exec(segment) ?? []
      if (name === undefined) {
        const own = collectionOf(segment, index)
        const next = node.texts.get(own) ?? newNode()
        node.texts.set(own, next)
        node = next
      } else {
        node.variable ??= { name, isText: text !== undefined, node: newNode() }
        if (node.variable.name !== name) throw new Error(`${path}: {${name}} is {${node.variable.name}} elsewhere`)
        node = node.variable.node
      }
    }
    if (node.handlers.has(method)) throw new Error(`${method} ${path} is answered twice`)
    node.handlers.set(method, handle)
  }

  /**
   * Null when no plugin answers that path; the method is the caller's to check. `suffix` is what was cut off the last
   * segment: text gets it back.
   */
  find(segments: readonly string[], suffix = ''): Match | null {
    const params: { [name: string]: string } = {}
    const texts = new Set<string>()
    let node = this.#root
    for (const [index, segment] of segments.entries()) {
      const next = node.texts.get(collectionOf(segment, index))
      if (next) {
        node = next
      } else if (node.variable) {
        const { name, isText } = node.variable
        params[name] = isText && index === segments.length - 1 ? segment + suffix : segment
        if (isText) texts.add(name)
        node = node.variable.node
      } else {
        return null
      }
    }
    return node.handlers.size === 0 ? null : { params, texts, handlers: node.handlers }
  }
}

/** Collections are written with dashes or underscores. */
function collectionOf(segment: string, index: number): string {
  return index === 0 ? segment.replaceAll('-', '_') : segment
}
