import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { configOf, loadConfig } from './config.ts'
import { discoverGroups, discoverOptions } from './discover.ts'
import { defineOptions, integer, list, multi, string } from './options.ts'
import { renderReference, renderSample, samplesOf } from './sample.ts'

const ROOT = resolve(import.meta.dirname, '../..')

test('sample: an option shows its help, bounds, old names and default', () => {
  const group = defineOptions('ovs', {
    count: integer({
      default: 5,
      min: 1,
      max: 9,
      mutable: true,
      help: 'How many.',
      deprecated: [{ section: 'DEFAULT', name: 'number' }],
    }),
    mode: string({ choices: ['a', 'b'], help: 'Which.' }),
    names: list({ default: ['x', 'y'], help: 'Whose.' }),
    dirs: multi({ default: ['p', 'q'], help: 'Where.' }),
  })
  const sample = samplesOf([{ path: 'ml2/options.ts', groups: [group] }])[1]!
  assert.equal(
    renderSample(sample),
    `# plugins/ml2/ml2_conf.ini: read by the server. Every option with its default.
# Made from the declarations by \`npm run docs\`.

[ovs]

# How many. (integer value)
# Minimum value: 1
# Maximum value: 9
# Note: This option can be changed without restarting.
# Deprecated group/name - [DEFAULT]/number
#count = 5

# Which. (string value)
# Allowed values: a, b
#mode = <None>

# Whose. (list value)
#names = x,y

# Where. (multi valued)
#dirs = p
#dirs = q
`,
  )
})

test('sample: no folder declares options that no file shows', () => {
  assert.throws(() => samplesOf([{ path: 'nowhere/options.ts', groups: [] }]), /no sample file shows nowhere/)
})

test('sample: the files and the reference are as the declarations are (else: npm run docs)', async () => {
  const samples = samplesOf(await discoverOptions())
  const made = [
    ...samples.map((sample) => [`etc/neutron/${sample.path}`, renderSample(sample)] as const),
    ['docs/reference/options.md', renderReference(samples)] as const,
  ]
  const stale = made.filter(
    ([path, text]) => !existsSync(`${ROOT}/${path}`) || readFileSync(`${ROOT}/${path}`, 'utf8') !== text,
  )
  assert.deepEqual(
    stale.map(([path]) => path),
    [],
  )
})

test('sample: every option says what it does, and every default is a value its own option accepts', async () => {
  const groups = await discoverGroups()
  for (const { section, options } of groups) {
    for (const [name, option] of Object.entries(options)) {
      assert.match(option.help, /^\S.{8,}[.…]$/s, `[${section}] ${name} explains itself in sentences`)
      const value = configOf({}, groups).of({ section, options })[name]
      if (value !== null) assert.equal(option.check?.(value) ?? null, null, `[${section}] ${name}`)
    }
  }
})

test('sample: a file of all samples, its defaults taken out of their comments, is read without a word', async () => {
  const groups = await discoverGroups()
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-sample-'))
  try {
    const warnings: string[] = []
    const sources = samplesOf(await discoverOptions()).map((sample) => {
      const text = renderSample(sample).replace(/^#(\w+ =(?! <).*)$/gm, '$1')
      const path = `${directory}/${sample.path.replaceAll('/', '-')}`
      writeFileSync(path, text)
      return { kind: 'file', path } as const
    })
    const say = (event: string) => void warnings.push(event)
    const log = { debug: say, info: say, warn: say, error: say, child: () => log }
    const config = loadConfig({ groups, sources, env: {}, log })
    // To oslo.config, and so here, an empty line of a multi option is one empty value.
    const read = (group: (typeof groups)[number]) =>
      Object.entries(config.of(group)).map(([name, value]) => [name, isDeepStrictEqual(value, ['']) ? [] : value])
    for (const group of groups) assert.deepEqual(Object.fromEntries(read(group)), { ...configOf({}, groups).of(group) })
    assert.deepEqual(warnings, [])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
