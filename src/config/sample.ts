/**
 * Sample files and the reference of options, made from the declarations. Pure; scripts/sample-config.ts writes them.
 * Source: oslo-config-generator's form, which operators compare their own files with.
 */
import type { Declared } from './discover.ts'
import type { Option, OptionGroup } from './options.ts'

export interface SampleFile {
  /** Below etc/neutron. */
  readonly path: string
  readonly reader: string
  /** Below src: the options of these folders. */
  readonly folders: readonly string[]
  /** Options of common.ts that operators expect in this file too. */
  readonly also?: readonly string[]
}

/** Which folder's options belong in which file: the one place that says so. */
export const SAMPLE_FILES: readonly SampleFile[] = [
  {
    path: 'neutron.conf',
    reader: 'the server and every agent',
    folders: [
      'config',
      'api',
      'plugin',
      'policy',
      'core',
      'extensions',
      'services',
      'rpc',
      'store',
      'notify',
      'identity',
    ],
  },
  { path: 'plugins/ml2/ml2_conf.ini', reader: 'the server', folders: ['ml2'] },
  { path: 'plugins/ml2/openvswitch_agent.ini', reader: 'neutron-openvswitch-agent', folders: ['agents/l2'] },
  { path: 'dhcp_agent.ini', reader: 'neutron-dhcp-agent', folders: ['agents/dhcp'], also: ['interface_driver'] },
  { path: 'l3_agent.ini', reader: 'neutron-l3-agent', folders: ['agents/l3'], also: ['interface_driver'] },
  { path: 'metadata_agent.ini', reader: 'neutron-metadata-agent', folders: ['agents/metadata'] },
]

export interface Sample extends SampleFile {
  /** `DEFAULT` first, then by name; the options of a section in the order they are declared. */
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, Option<unknown>>>
}

/** @throws Error when a folder declares options and no file shows them. */
export function samplesOf(declared: readonly Declared[]): Sample[] {
  const isIn = (path: string, folders: readonly string[]) => folders.some((folder) => path.startsWith(`${folder}/`))
  const lost = declared.filter(({ path }) => !SAMPLE_FILES.some(({ folders }) => isIn(path, folders)))
  if (lost.length > 0) throw new Error(`no sample file shows ${lost.map(({ path }) => path).join(', ')}`)
  return SAMPLE_FILES.map((file) => {
    const inOrder = file.folders.flatMap((folder) => declared.filter(({ path }) => isIn(path, [folder])))
    const groups = inOrder.flatMap(({ groups }) => groups)
    const shared = declared.filter(({ path }) => path === 'config/common.ts').flatMap(({ groups }) => groups)
    return { ...file, sections: sectionsOf([...shared.map((group) => only(group, file.also ?? [])), ...groups]) }
  })
}

function only({ section, options }: OptionGroup, names: readonly string[]): OptionGroup {
  return { section, options: Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name))) }
}

function sectionsOf(groups: readonly OptionGroup[]): Sample['sections'] {
  const sections = new Map<string, Map<string, Option<unknown>>>()
  for (const { section, options } of groups) {
    const known = sections.get(section) ?? new Map<string, Option<unknown>>()
    for (const [name, option] of Object.entries(options)) known.set(name, option)
    if (known.size > 0) sections.set(section, known)
  }
  const order = (name: string) => (name === 'DEFAULT' ? '' : name)
  return new Map([...sections].sort(([a], [b]) => (order(a) < order(b) ? -1 : 1)))
}

/** The text of a sample file: every option commented out, with its default. */
export function renderSample({ path, reader, sections }: Sample): string {
  const head = `# ${path}: read by ${reader}. Every option with its default.\n# Made from the declarations by \`npm run docs\`.\n`
  const body = [...sections].map(([section, options]) => {
    const parts = [...options].map(([name, option]) => renderOption(section, name, option))
    return `\n[${section}]\n\n${parts.join('\n')}`
  })
  return `${head}${body.join('')}`
}

function renderOption(section: string, name: string, option: Option<unknown>): string {
  const facts = [
    ...(option.min === undefined ? [] : [`Minimum value: ${option.min}`]),
    ...(option.max === undefined ? [] : [`Maximum value: ${option.max}`]),
    ...(option.type === 'port' ? ['Minimum value: 0', 'Maximum value: 65535'] : []),
    ...(option.choices === undefined ? [] : [`Allowed values: ${option.choices.join(', ')}`]),
    ...(option.mutable ? ['Note: This option can be changed without restarting.'] : []),
    ...(option.deprecated ?? []).map((old) => `Deprecated group/name - [${old.section ?? section}]/${old.name}`),
  ]
  const help = wrapped(`${option.help} (${TYPES[option.type]})`)
  const values = defaultLines(option).map((value) => `#${name} =${value === '' ? '' : ` ${value}`}`)
  return `${[...help, ...facts].map((line) => `# ${line}`).join('\n')}\n${values.join('\n')}\n`
}

const TYPES = {
  string: 'string value',
  integer: 'integer value',
  float: 'floating point value',
  boolean: 'boolean value',
  port: 'port value',
  ip: 'IP address value',
  list: 'list value',
  dict: 'dict value',
  multi: 'multi valued',
} as const

function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > 77) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** As it would be written in the file; several lines only for `multi`. */
function defaultLines(option: Option<unknown>): string[] {
  const { type, default: value, sampleDefault } = option
  if (sampleDefault !== undefined) return [sampleDefault]
  if (value === null) return ['<None>']
  if (Array.isArray(value)) {
    const items = value as readonly unknown[]
    return type === 'multi' && items.length > 0 ? items.map(String) : [items.join(',')]
  }
  if (typeof value !== 'object') return [String(value)]
  return [
    Object.entries(value)
      .map(([key, item]) => `${key}:${String(item)}`)
      .join(','),
  ]
}

/** docs/reference/options.md */
export function renderReference(samples: readonly Sample[]): string {
  const files = samples.map((sample) => {
    const sections = [...sample.sections].map(([section, options]) => {
      const rows = [...options].map(([name, option]) => referenceRow(section, name, option))
      return `### [${section}]\n\n| Option | Type | Default | Meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
    })
    return `## ${sample.path}\n\nRead by ${sample.reader}.\n\n${sections.join('\n')}`
  })
  return `# Options\n\nMade from the declarations by \`npm run docs\`. How files are read: [configuration](../guide/configuration.md).\n\n${files.join('\n')}`
}

function referenceRow(section: string, name: string, option: Option<unknown>): string {
  const bounds = [
    ...(option.min === undefined ? [] : [`at least ${option.min}`]),
    ...(option.max === undefined ? [] : [`at most ${option.max}`]),
    ...(option.choices === undefined ? [] : [`one of ${option.choices.join(', ')}`]),
    ...(option.mutable ? ['changes with SIGHUP'] : []),
    ...(option.deprecated ?? []).map((old) => {
      const elsewhere = old.section !== undefined && old.section !== section ? `[${old.section}] ` : ''
      return `old name ${elsewhere}${old.name}`
    }),
  ]
  const meaning = [option.help, ...(bounds.length > 0 ? [`(${bounds.join('; ')})`] : [])].join(' ')
  const value = defaultLines(option).join(', ')
  const shown = value === '<None>' ? 'unset' : value === '' ? 'empty' : `\`${value}\``
  return `| ${[`\`${name}\``, option.type, shown, meaning].map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
