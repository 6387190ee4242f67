/**
 * OpenAPI as one HTML page to read: resources at the side, of each its attributes and operations. Nothing is fetched
 * from anywhere; without scripts only the search is missing. Pure.
 */
import type { Json, JsonObject } from '#base/json.ts'
import { wordsOf } from './schema.ts'

type Document = JsonObject

interface Shown {
  readonly path: string
  readonly method: string
  readonly operation: JsonObject
}

export function pageOf(document: Document): string {
  const info = document.info as JsonObject
  const tags = document.tags as readonly JsonObject[]
  const operations = operationsOf(document)
  const links = tags.map(({ name }) => `<a href="#${slug(name)}">${escaped(name)}</a>`).join('\n')
  const sections = tags.map((tag) => sectionOf(document, tag, operations.get(String(tag.name)) ?? [])).join('\n')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(info.title)} ${escaped(info.version)}</title>
<style>${STYLE}</style>
<nav><h1>${escaped(info.title)}</h1><input type="search" placeholder="Search" aria-label="Search">
${links}</nav>
<main><p>${prose(info.description)}</p>
<p>The same for programs: <a href="v2.0/openapi.json">openapi.json</a> (OpenAPI ${escaped(document.openapi)}).</p>
${sections}</main>
<script>${SCRIPT}</script>
</html>
`
}

function operationsOf({ paths }: Document): ReadonlyMap<string, Shown[]> {
  const all = Object.entries(paths as JsonObject).flatMap(([path, operations]) =>
    Object.entries(operations as JsonObject).map(([method, operation]) => ({
      path,
      method,
      operation: operation as JsonObject,
    })),
  )
  return Map.groupBy(all, ({ operation }) => String((operation.tags as readonly Json[])[0]))
}

function sectionOf(document: Document, { name, description }: JsonObject, operations: readonly Shown[]): string {
  const schemas = (document.components as JsonObject).schemas as JsonObject
  const schema = operations.map(({ operation }) => schemaNameOf(operation)).find((found) => found !== undefined)
  return `<section id="${slug(name)}"><h2>${escaped(name)}</h2><p>${prose(description)}</p>
${operations.map(operationOf).join('\n')}
${schema === undefined ? '' : attributesTable(schemas, schema)}</section>`
}

/** `Network`, from the reference in the answer. */
function schemaNameOf({ responses }: JsonObject): string | undefined {
  return /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(responses))?.[1]
}

function attributesTable(schemas: JsonObject, name: string): string {
  const propertiesOf = (schema: Json | undefined) =>
    ((schema as JsonObject | undefined)?.properties ?? {}) as { readonly [name: string]: JsonObject }
  const shown = propertiesOf(schemas[name])
  const create = propertiesOf(schemas[`${name}Create`])
  const update = propertiesOf(schemas[`${name}Update`])
  const required = (((schemas[`${name}Create`] ?? {}) as JsonObject).required ?? []) as readonly string[]
  const rows = [...new Set([...Object.keys(shown), ...Object.keys(create), ...Object.keys(update)])].map((key) => {
    const schema = shown[key] ?? create[key] ?? update[key] ?? {}
    const value = create[key]?.default
    const lists = [schema['x-filter'] ? 'filter' : '', schema['x-sort'] ? 'sort' : ''].filter((word) => word !== '')
    return [
      `<code>${escaped(key)}</code>`,
      escaped(wordsOf(schema)),
      required.includes(key) ? 'required' : create[key] ? 'yes' : '',
      update[key] ? 'yes' : '',
      value === undefined ? '' : `<code>${escaped(JSON.stringify(value))}</code>`,
      lists.join(', '),
      [prose(schema.description), codes(schema['x-policy'])].filter((text) => text !== '').join('<br>'),
      escaped(schema['x-extension'] ?? ''),
    ]
  })
  return table(
    ['Attribute', 'Type', 'Create', 'Update', 'Default', 'Lists', 'Notes and policy rules', 'Extension'],
    rows,
  )
}

function operationOf({ path, method, operation }: Shown): string {
  const { summary, parameters = [], responses } = operation
  const rules = codes(operation['x-policy'])
  const named = (parameters as readonly JsonObject[]).map((parameter) =>
    String(parameter.name ?? String(parameter.$ref).replace(/.*\//, '')),
  )
  const queries = named.filter((name) => !path.includes(`{${name}}`) && name !== 'if_match')
  const statuses = Object.keys(responses as JsonObject).join(', ')
  const lines = [
    rules === '' ? '' : `Policy: ${rules}`,
    queries.length === 0 ? '' : `Query: ${codes(queries)}`,
    named.includes('if_match') ? `Header: ${codes(['If-Match: revision_number=N'])}` : '',
    `Answers: ${escaped(statuses)}`,
    operation['x-not-found'] === undefined ? '' : `Not found: ${codes([operation['x-not-found']])}`,
    operation.security === undefined ? '' : 'Needs no token.',
  ].filter((line) => line !== '')
  return `<details><summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code>
<span>${prose(summary)}</span></summary>
<ul>${lines.map((line) => `<li>${line}</li>`).join('')}</ul></details>`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((text) => `<th>${text}</th>`).join('')
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n')
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`
}

function codes(words: Json | undefined): string {
  return ((words ?? []) as readonly Json[]).map((word) => `<code>${escaped(word)}</code>`).join(' ')
}

/** Text in which backquotes mean code. */
function prose(text: Json | undefined): string {
  return escaped(text ?? '').replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

function escaped(text: Json | undefined): string {
  const entities: { readonly [letter: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return String(text).replaceAll(/[&<>"]/g, (letter) => entities[letter]!)
}

function slug(name: Json | undefined): string {
  return String(name).replaceAll(/\W+/g, '-')
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --dim: #888; --back: #8881; --accent: #2266bb }
@media (prefers-color-scheme: dark) { :root { --accent: #77aaee } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; display: grid; grid-template-columns: 15rem minmax(0, 1fr) }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; border-right: 1px solid var(--line) }
nav h1 { font-size: 1.1rem; margin: 0 0 .6rem }
nav input { width: 100%; padding: .3rem .5rem; margin-bottom: .6rem; font: inherit }
nav a { display: block; padding: .1rem .3rem; text-decoration: none; color: inherit; border-radius: 4px }
nav a:hover, nav a:focus { background: var(--back) }
main { padding: 1rem 2rem 6rem; max-width: 90rem }
main a { color: var(--accent) }
h2 { margin: 2.5rem 0 .3rem; font-size: 1.35rem; text-transform: capitalize }
.wide { overflow-x: auto; margin: .8rem 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line) }
th { color: var(--dim); font-weight: 500; white-space: nowrap }
code { font: .88em ui-monospace, monospace; background: var(--back); padding: .05rem .25rem; border-radius: 3px;
  overflow-wrap: anywhere }
td:first-child code { white-space: nowrap }
details { border: 1px solid var(--line); border-radius: 6px; margin: .35rem 0; padding: .35rem .7rem }
summary { cursor: pointer }
summary code { background: none }
summary span { color: var(--dim) }
summary b { display: inline-block; min-width: 4.2rem; font: 600 .8rem ui-monospace, monospace }
.get { color: #2277cc } .post { color: #22884f } .put { color: #aa7711 } .delete { color: #cc3344 }
ul { margin: .5rem 0; padding-left: 1.2rem }
@media (max-width: 50rem) {
  body { display: block } nav { position: static; height: auto; columns: 2 } main { padding: 1rem }
}
`

const SCRIPT = `
const search = document.querySelector('input')
search.addEventListener('input', () => {
  const text = search.value.trim().toLowerCase()
  for (const section of document.querySelectorAll('section')) {
    const hidden = !section.textContent.toLowerCase().includes(text)
    section.hidden = hidden
    document.querySelector('nav a[href="#' + section.id + '"]').hidden = hidden
  }
})
`
