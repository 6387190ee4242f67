/**
 * Upstream's own reader and ours over the same files: they agree on every value, or both refuse. Left out is what
 * differs on purpose: a reference to a name that nobody has, which upstream fails on when it reads the option and which
 * we leave as it is.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadConfig } from '#config/config.ts'
import { boolean, defineOptions, dict, float, integer, list, multi, port, string } from '#config/options.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: oslo.config's references look so too
const common = defineOptions('DEFAULT', {
  text: string({ default: 'a$number', help: '' }),
  chosen: string({ default: 'x', choices: ['x', 'y'], help: '' }),
  number: integer({ help: '', min: -5, max: 500 }),
  listen: port({ help: '' }),
  flag: boolean({ default: false, help: '' }),
  many: multi({ default: [], help: '' }),
})
const other = defineOptions('Other', {
  text: string({ default: '${number}/$other.ratio/$$x', help: '', deprecated: [{ name: 'old_text' }] }),
  ratio: float({ help: '' }),
  words: list({ default: [], help: '' }),
  pairs: dict({ default: {}, help: '' }),
})
const groups = [common, other]

const ORACLE = `
import json, sys, warnings
warnings.simplefilter('ignore')
import logging
logging.disable(logging.CRITICAL)
from oslo_config import cfg
def answer(files):
    conf = cfg.ConfigOpts()
    conf.register_opts([
        cfg.StrOpt('text', default='a$number'), cfg.StrOpt('chosen', default='x', choices=['x', 'y']),
        cfg.IntOpt('number', min=-5, max=500), cfg.PortOpt('listen'), cfg.BoolOpt('flag', default=False),
        cfg.MultiStrOpt('many', default=[]),
    ])
    conf.register_opts([
        cfg.StrOpt('text', default='\${number}/$other.ratio/$$x', deprecated_name='old_text'),
        cfg.FloatOpt('ratio'), cfg.ListOpt('words', default=[]), cfg.DictOpt('pairs', default={}),
    ], group='other')
    try:
        conf([a for f in files for a in ('--config-file', f)], project='none', default_config_files=[], default_config_dirs=[])
        return {**{n: conf[n] for n in ('text', 'chosen', 'number', 'listen', 'flag', 'many')},
                **{'other.' + n: conf.other[n] for n in ('text', 'ratio', 'words', 'pairs')}}
    except Exception as error:
        return {'refused': type(error).__name__}
print(json.dumps([answer(files) for files in json.load(sys.stdin)]))
`

function ours(files: readonly string[]) {
  try {
    const config = loadConfig({ groups, sources: files.map((path) => ({ kind: 'file', path })), env: {} })
    const entries = Object.entries(config.of(other)).map(([name, value]) => [`other.${name}`, value])
    return { ...config.of(common), ...Object.fromEntries(entries) }
  } catch {
    return null
  }
}

const fixed = [
  '[DEFAULT]\ntext = "quoted"\nmany = 1\nmany = 2\nflag: YES',
  "[DEFAULT]\ntext = 'half\n\n[OTHER]\nwords = a, b,,c,\npairs = k:v, l : w:x",
  '[DEFAULT]\ntext = one\n  two\n\tthree\nnumber = +1_0',
  '[DEFAULT]\nnumber = 7\ntext = $$number \\$number $number ${number} $ $1',
  '[other]\ntext = new\nold_text = old\nratio = 1e2',
  '[other]\nold_text = old\n# comment\n; another\n',
  '[other]\nold_text = $other.text\nold_text = E',
  '[default]\ntext = not the default section',
  'text = too early',
  '[DEFAULT]\nnumber = 501',
  '[DEFAULT]\nlisten =\nnumber =\n',
  '[DEFAULT]\nflag =',
  '[DEFAULT]\nchosen = z',
  '[other]\npairs = a:b,a:c',
  '[other]\npairs = a',
  '[DEFAULT]\nTEXT = x',
  '[DEFAULT]\ntext = "',
  '[DEFAULT\ntext = x',
  '[]\ntext = x',
  '[ ]\ntext = x',
  '[DEFAULT]\n= x',
  '[DEFAULT]\ntext',
  '[DEFAULT]\ntext = a # no comment',
  '[DEFAULT]\r\ntext = a\r\nnumber = 3\r\n',
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

const line = fc.oneof(
  fc.constantFrom('[DEFAULT]', '[other]', '[Other]', '', '# c', '  more', '\tmore, again', ' # more'),
  fc
    .tuple(
      fc.constantFrom('text', 'chosen', 'number', 'listen', 'flag', 'many', 'ratio', 'words', 'pairs', 'old_text'),
      fc.constantFrom(' = ', '=', ': ', ':'),
      fc.oneof(
        fc.constantFrom(
          '1',
          '0',
          ' -3',
          'x',
          'on',
          'False',
          '',
          'a,b',
          'a:b',
          "'q'",
          '"q',
          '$number',
          '$other.text',
          '1.5',
          '$$',
          'a:b,c',
          '65536',
        ),
        fc.stringMatching(/^[ -~]{0,12}$/).filter((text) => !/\$\{?[_a-z]/i.test(text)),
      ),
    )
    .map((parts) => parts.join('')),
)

test('configuration: upstream and this reader agree on every file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-oslo-'))
  try {
    const made = fc.sample(
      fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 2 }),
      600,
    )
    const texts = [
      ...fixed.map((text) => [text]),
      ...made.map((files) => files.map((lines) => ['[DEFAULT]', ...lines].join('\n'))),
    ]
    const cases = texts.map((files, index) =>
      files.map((text, part) => {
        const path = join(directory, `${index}-${part}.conf`)
        writeFileSync(path, text)
        return path
      }),
    )
    const oracle = execFileSync('/usr/bin/python3', ['-c', ORACLE], { input: JSON.stringify(cases), timeout: 120_000 })
    const theirs: { readonly refused?: string }[] = JSON.parse(oracle.toString())
    assert.ok(theirs.filter(({ refused }) => refused === undefined).length > 100, 'most files are worth reading')
    for (const [index, files] of cases.entries()) {
      const [expected, found] = [theirs[index]!, ours(files)]
      const context = `${JSON.stringify(texts[index])} upstream: ${JSON.stringify(expected)}`
      if (expected.refused === undefined) assert.deepEqual(found, expected, context)
      else assert.equal(found, null, context)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})
