/** What a module becomes in a script with others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flattenModule } from './flatten.ts'

const cases: Record<string, { written: string; text: string; imports?: string[]; later?: string[] }> = {
  'names of a module': {
    written: "import { a, b as c } from '#base/x.ts'",
    text: 'const { a, b: c } = load("base/x.ts");\n',
    imports: ['base/x.ts'],
  },
  'names on several lines': {
    written: "import {\n  a,\n  b,\n} from './y.ts'",
    text: 'const { a, b } = load("cli/y.ts");\n',
    imports: ['cli/y.ts'],
  },
  'only types of a module': {
    written: "import {      } from './y.ts'",
    text: 'load("cli/y.ts");\n',
    imports: ['cli/y.ts'],
  },
  "what is Node's": {
    written: "import { join } from 'node:path'",
    text: 'const { join } = required(require("node:path"));\n',
  },
  'a default beside names': {
    written: "import one, { two } from 'package'",
    text: 'const { default: one, two } = required(require("package"));\n',
  },
  'everything under a name': { written: "import * as all from 'x'", text: 'const all = required(require("x"));\n' },
  'exported declarations': {
    written: 'export const a = 1\nexport async function b() {}\nexport class C {}',
    text: 'const a = 1\nasync function b() {}\nclass C {}\nexports.a = a;\nexports.b = b;\nexports.C = C;',
  },
  'a default': { written: 'export default defineCli({})', text: 'exports.default = defineCli({})\n' },
  "another's names": {
    written: "export { a, b as c } from './y.ts'",
    text: '\nexports.a = load("cli/y.ts").a;\nexports.c = load("cli/y.ts").b;',
    imports: ['cli/y.ts'],
  },
  'what is loaded later': {
    written: "const x = await import('#cli/z.ts')\nimport(path)",
    text: 'const x = await imported("cli/z.ts")\nimported(path)\n',
    later: ['cli/z.ts'],
  },
  'where it is': { written: 'import.meta.dirname', text: 'meta.dirname\n' },
}

for (const [title, { written, text, imports = [], later = [] }] of Object.entries(cases)) {
  test(`flatten: ${title}`, () => {
    const body = flattenModule('cli/x.ts', written)
    assert.equal(body.text, text)
    assert.deepEqual([...new Set(body.imports)], imports)
    assert.deepEqual(body.later, later)
  })
}

for (const written of ["export * from './y.ts'", 'export let a = 1', 'export default function a() {}']) {
  test(`flatten: refuses ${written}`, () => {
    assert.throws(() => flattenModule('cli/x.ts', written), /cli\/x\.ts: not understood/)
  })
}
