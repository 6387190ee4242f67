/**
 * Modules as one script: what a command loads at its start, so that Node opens, resolves and links one file instead of
 * a hundred. Types are stripped, imports become calls; a module is run when it is first asked for, as before. It knows
 * the forms of import and export that this repository writes, and refuses any other. Reads files, writes none.
 */
import { readFileSync, statSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'

export interface Flat {
  /** What every start loads. */
  readonly text: string
  /** What is loaded when one of its modules is asked for. */
  readonly rest: string
}

export interface Wanted {
  /** The folder of the source. */
  readonly source: string
  /** The module that is run; relative to the source, as all here. */
  readonly entry: string
  /** Modules that most starts ask for, beside those that the entry imports. */
  readonly early: readonly string[]
  /** Modules that are asked for by a path that is made at run time, and seldom. */
  readonly late: readonly string[]
  /** Folders: where files come or go, the script is stale. */
  readonly watched: readonly string[]
  /** The name of the file that `rest` is kept in, beside the script. */
  readonly restFile: string
}

/** A module as the body of a function, and what it imports. */
export interface Body {
  readonly text: string
  /** Modules of the source, relative to its folder: those it begins with, and those it asks for while it runs. */
  readonly imports: readonly string[]
  readonly later: readonly string[]
}

const IMPORT = /^import\s+(?:([\w$]+)\s*,?\s*)?(?:\{([^}]*)\}\s*|\*\s+as\s+([\w$]+)\s+)?(?:from\s+)?'([^']+)'/gm
const REEXPORT = /^export\s+\{([^}]*)\}(?:\s+from\s+'([^']+)')?/gm
const DECLARATION = /^export\s+((?:async\s+)?function\*?|class|const)\s+([\w$]+)/gm
const DEFAULT = /^export\s+default\s+(?!class\b|function\b|async\s+function\b)/gm
const DYNAMIC = /\bimport\(\s*(?:'([#.][^']+)')?/g

/**
 * The modules that the entry reaches as two scripts.
 * @throws Error where a module says something that is not understood.
 */
export function flatten({ source, entry, early, late, watched, restFile }: Wanted): Flat {
  const bodies = new Map<string, Body>()
  const bodyOf = (id: string): Body => {
    const body = bodies.get(id) ?? flattenModule(id, stripTypeScriptTypes(readFileSync(join(source, id), 'utf8')))
    bodies.set(id, body)
    return body
  }
  const first = reached([entry, ...early], (id) => bodyOf(id).imports)
  const all = reached([...first, ...late], (id) => [...bodyOf(id).imports, ...bodyOf(id).later])
  const rest = [...all].filter((id) => !first.has(id)).sort()
  const stamps = [...[...all].sort(), ...watched].map((file) => [file, stampOf(join(source, file))])
  const written = (id: string) => {
    const wait = id === entry ? 'async ' : ''
    return `modules[${JSON.stringify(id)}] = ${wait}function (exports, meta) {\n${bodyOf(id).text}\n}`
  }
  const start = prelude(JSON.stringify(stamps), JSON.stringify(entry), JSON.stringify(`./${restFile}`))
  const text = [start, ...[...first].sort().map(written), 'main()', ''].join('\n')
  const restText = [
    "'use strict'",
    'module.exports = function (modules, load, imported, required) {',
    ...rest.map(written),
    '}',
    '',
  ].join('\n')
  // Refuses what is no program before it is kept.
  for (const script of [text, restText]) {
    compileFunction(script, ['exports', 'require', 'module', '__filename', '__dirname'])
  }
  return { text, rest: restText }
}

/** Whether everything a script was made from is as it was. `text` is the script's. */
export function isFlatFresh(text: string, source: string): boolean {
  const [, stamps = 'null'] = /^const STAMPS = (.*)$/m.exec(text) ?? []
  const read = JSON.parse(stamps) as [file: string, stamp: string | null][] | null
  return read?.every(([file, stamp]) => stampOf(join(source, file)) === stamp) ?? false
}

/** Those, and what they import, and so on. */
function reached(from: readonly string[], importsOf: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>()
  const open = [...from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue
    found.add(id)
    open.push(...importsOf(id))
  }
  return found
}

/** Pure. @throws Error where an import or export is of a form that is not known. */
export function flattenModule(id: string, stripped: string): Body {
  const imports: string[] = []
  const later: string[] = []
  const asked = (specifier: string): string => {
    const target = targetOf(specifier, id)
    if (target === null) return `required(require(${JSON.stringify(specifier)}))`
    imports.push(target)
    return `load(${JSON.stringify(target)})`
  }
  const exported: string[] = []
  const text = stripped
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(IMPORT, (_, one?: string, names?: string, all?: string, specifier = '') => {
      const value = asked(specifier)
      const bound = [
        ...(one === undefined ? [] : [`default: ${one}`]),
        ...listed(names ?? '').map(([from, to]) => (from === to ? from : `${from}: ${to}`)),
      ]
      return [
        ...(bound.length > 0 ? [`const { ${bound.join(', ')} } = ${value};`] : all === undefined ? [`${value};`] : []),
        ...(all === undefined ? [] : [`const ${all} = ${value};`]),
      ].join(' ')
    })
    .replaceAll(REEXPORT, (_, names: string, specifier?: string) => {
      const from = specifier === undefined ? '' : `${asked(specifier)}.`
      exported.push(...listed(names).map(([name, as]) => `exports.${as} = ${from}${name};`))
      return ''
    })
    .replaceAll(DECLARATION, (_, kind: string, name: string) => {
      exported.push(`exports.${name} = ${name};`)
      return `${kind} ${name}`
    })
    .replaceAll(DEFAULT, 'exports.default = ')
    .replaceAll(DYNAMIC, (whole, specifier?: string) => {
      const target = specifier === undefined ? null : targetOf(specifier, id)
      if (target === null) return whole.replace('import(', 'imported(')
      later.push(target)
      return `imported(${JSON.stringify(target)}`
    })
    .replaceAll('import.meta', 'meta')
  const unknown = /^(?:import|export)\b.*/m.exec(text)
  if (unknown) throw new Error(`${id}: not understood: ${unknown[0]}`)
  return { text: `${text}\n${exported.join('\n')}`, imports, later }
}

/** Size and time of a file; of a folder, its time. `null` where there is nothing. */
function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat ? `${stat.isDirectory() ? '' : stat.size} ${stat.mtimeMs}` : null
}

function targetOf(specifier: string, from: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1)
  return specifier.startsWith('.') ? join(dirname(from), specifier) : null
}

function listed(names: string): [from: string, to: string][] {
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const [from = '', to = from] = name.split(/\s+as\s+/)
      return [from, to]
    })
}

/** A script that is stale runs the source instead, which makes the script again. */
function prelude(stamps: string, entry: string, rest: string): string {
  return `'use strict'
const { statSync } = require('node:fs')
const SRC = __dirname.slice(0, __dirname.lastIndexOf('/')) + '/src'
const STAMPS = ${stamps}
const modules = {}
const loaded = {}
let complete = false
function has(id) {
  if (id in modules) return true
  if (!complete) require(${rest})(modules, load, imported, required)
  complete = true
  return id in modules
}
function load(id) {
  const known = loaded[id]
  if (known !== undefined) return known
  if (!has(id)) throw new Error('there is no module ' + id)
  const exports = (loaded[id] = {})
  const filename = SRC + '/' + id
  const dirname = filename.slice(0, filename.lastIndexOf('/'))
  const meta = { flat: true, filename, dirname, get url() { return 'file://' + encodeURI(filename) } }
  const result = modules[id](exports, meta)
  return id === ${entry} ? result : exports
}
function required(value) {
  return value[Symbol.toStringTag] === 'Module' ? value : { __proto__: value, default: value }
}
async function imported(specifier) {
  const start = 'file://' + encodeURI(SRC) + '/'
  const id = specifier.startsWith(start) ? decodeURI(specifier.slice(start.length)) : specifier
  return has(id) ? load(id) : import(specifier)
}
function fresh([file, stamp]) {
  const stat = statSync(SRC + '/' + file, { throwIfNoEntry: false })
  return (stat ? (stat.isDirectory() ? '' : stat.size) + ' ' + stat.mtimeMs : null) === stamp
}
function main() {
  return STAMPS.every(fresh) ? load(${entry}) : import('file://' + encodeURI(SRC + '/' + ${entry}))
}`
}
