/**
 * The reference as two pages of Markdown: what is served, and the extensions that are listed. Made from the same
 * definitions as everything else. Pure; scripts/api-reference.ts writes them.
 */
import type { Json } from '#base/json.ts'
import type { CompiledResource } from '#resource/catalogue.ts'
import { fixedPaths } from './fixed.ts'
import { collectionPath, type Described, extensionOf, itemPath, titleOf } from './openapi.ts'
import { schemaOf, wordsOf } from './schema.ts'

const MADE = 'Made from the definitions by `npm run docs`.'

export function apiMarkdown(described: Described): string {
  const { definitions, routes } = described
  const resources = [...definitions.resources.values()].map((resource) => resourceOf(resource, described))
  const paths = routes.map(({ method, path, help }) => [
    `\`${method} /v2.0${path.replaceAll(':text}', '}')}\``,
    text(help ?? ''),
  ])
  const fixed = Object.entries(fixedPaths).map(([path, { get }]) => [`\`GET ${path}\``, text(get?.summary ?? '')])
  return `# API

${MADE} A running server tells the same at \`/docs\` and, for programs, at \`/v2.0/openapi.json\`. What holds for all
resources (bodies, lists, pages, errors) is the Networking API v2.0's; what differs is in
[compatibility](../compatibility.md). "Rules" are the names of policy rules that decide on the attribute besides the
resource's own (\`create_network\`, \`get_network\`, …).

${resources.join('\n\n')}

## Other paths

${tableOf(['Path', 'What it does'], [...fixed, ...paths])}
`
}

export function extensionsMarkdown({ definitions, extensions }: Described): string {
  const rows = definitions.listed
    .map(({ alias, name, description, updated }) => {
      const owner = extensions.find(
        (each) => each.alias === alias || each.announces?.some((announced) => announced.alias === alias),
      )
      const by = owner === undefined || owner.alias === alias || owner.unlisted ? '' : `\`${owner.alias}\``
      return { alias, cells: [`\`${alias}\``, text(name), text(description), updated.slice(0, 10), by] }
    })
    .sort((a, b) => (a.alias < b.alias ? -1 : 1))
    .map(({ cells }) => cells)
  return `# Extensions

${MADE} What \`GET /v2.0/extensions\` lists with every service plugin loaded; names and dates are upstream's.

${tableOf(['Alias', 'Name', 'Description', 'Updated', 'Part of'], rows)}
`
}

function resourceOf(resource: CompiledResource, described: Described): string {
  const { methods, actions, definition, attributes } = resource
  const [collection, item] = [collectionPath(resource, described), itemPath(resource, described)]
  const paths = [
    ...(methods.has('list') ? [`\`GET ${collection}\``] : []),
    ...(methods.has('create') ? [`\`POST ${collection}\``] : []),
    ...(methods.has('show') ? [`\`GET ${item}\``] : []),
    ...(methods.has('update') ? [`\`PUT ${item}\``] : []),
    ...(methods.has('delete') ? [`\`DELETE ${item}\``] : []),
    ...[...actions.values()].map(({ name, help }) => `\`PUT ${item}/${name}\`: ${text(help)}`),
  ]
  const rows = [...attributes.values()].map(({ name, attribute, inPost, inPut, required, default: value }) => [
    `\`${name}\`${attribute.hidden ? ' (never shown)' : ''}`,
    text(wordsOf(schemaOf(attribute.type))),
    required && name !== 'project_id' ? 'required' : inPost ? 'yes' : '',
    inPut ? 'yes' : '',
    value === undefined ? '' : `\`${text(JSON.stringify(value))}\``,
    attribute.query?.replace(' ', ', ') ?? '',
    ['get', 'create', 'update']
      .map((verb) => `${verb}_${resource.name}:${name}`)
      .filter((rule) => described.hasRule(rule))
      .map((rule) => `\`${rule}\``)
      .join(' '),
    extensionOf(resource, name, described),
    text(attribute.help ?? ''),
  ])
  const quota = definition.quota === undefined ? '' : ` Under quota as \`${resource.name}\`.`
  return `## ${titleOf(resource)}

Wrapped in \`${resource.body}\` or \`${resource.collection}\`; rules are named for \`${resource.name}\`.${quota}

${paths.map((path) => `- ${path}`).join('\n')}

${tableOf(['Attribute', 'Type', 'Create', 'Update', 'Default', 'Lists', 'Rules', 'Extension', ''], rows)}`
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** What would end a cell is escaped. */
function text(value: Json): string {
  return String(value).replaceAll('|', '\\|').replaceAll('\n', ' ')
}
