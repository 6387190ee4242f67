import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRuleFile, RuleFileError } from './rule-file.ts'

const rules = (text: string) => Object.fromEntries([...parseRuleFile(text)].map(([name, { rule }]) => [name, rule]))

test('policy file: YAML as operators write it', () => {
  const text = `---
# Who may share a network
"create_network:shared": "role:admin or role:sharer"   # a comment
'get_port': 'rule:admin_only and ''x'':%(y)s'

create_network:router:external: rule:admin_only
#"delete_network": "!"
"update_port": "rule:context_is_admin or
   rule:owner"
get_subnet: >-
  rule:a or
  rule:b
delete_port: []
get_router: [["role:a"], ['role:b', "role:c"]]
anyone: ""
`
  assert.deepEqual(rules(text), {
    'create_network:shared': 'role:admin or role:sharer',
    get_port: "rule:admin_only and 'x':%(y)s",
    'create_network:router:external': 'rule:admin_only',
    update_port: 'rule:context_is_admin or rule:owner',
    get_subnet: 'rule:a or rule:b',
    delete_port: [],
    get_router: [['role:a'], ['role:b', 'role:c']],
    anyone: '',
  })
  assert.equal(parseRuleFile(text).get('create_network:shared')?.line, 3)
})

test('policy file: JSON, and files that hold nothing', () => {
  assert.deepEqual(rules('{"a": "role:x", "b": [["role:y"]]}'), { a: 'role:x', b: [['role:y']] })
  for (const text of ['', '# nothing\n', '{}', '---\n']) assert.deepEqual(rules(text), {})
})

const refused = {
  'a: &x role:b': 1,
  '\n - a': 2,
  '"a" "b"': 1,
  'a:\nb: "!"': 1,
  '"a": "role:b': 1,
  '{"a": }': 1,
  word: 1,
}
for (const [text, line] of Object.entries(refused)) {
  test(`policy file: ${JSON.stringify(text)} is refused with its line`, () => {
    assert.throws(
      () => parseRuleFile(text),
      (error) => error instanceof RuleFileError && error.line === line,
    )
  })
}
