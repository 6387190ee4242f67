import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quoted, splitLine, typedLine } from './words.ts'

const lines: Record<string, string[]> = {
  '': [],
  '   ': [],
  'net-list': ['net-list'],
  '  net-list  -c   id ': ['net-list', '-c', 'id'],
  "net-create 'blue net'": ['net-create', 'blue net'],
  'net-create "blue net"': ['net-create', 'blue net'],
  'net-create blue\\ net': ['net-create', 'blue net'],
  'net-create ""': ['net-create', ''],
  'a"b c"d\'e f\'': ['ab cde f'],
  '"a\\"b" "a\\\\b" "a\\nb"': ['a"b', 'a\\b', 'a\\nb'],
  "'a\\b'": ['a\\b'],
  'name=ä€😀 x': ['name=ä€😀', 'x'],
}
for (const [line, words] of Object.entries(lines)) {
  test(`words: ${JSON.stringify(line)} is split as a shell splits it`, () => assert.deepEqual(splitLine(line), words))
}

test('words: an open quote and a backslash at the end are said, as shlex says them', () => {
  assert.throws(() => splitLine('foo "bar'), { message: 'Invalid syntax: No closing quotation' })
  assert.throws(() => splitLine("foo 'bar"), { message: 'Invalid syntax: No closing quotation' })
  assert.throws(() => splitLine('foo \\'), { message: 'Invalid syntax: No escaped character' })
})

test('words: the word that is being typed, where it begins, and its open quote', () => {
  assert.deepEqual(typedLine('net-show bl'), { words: ['net-show'], current: 'bl', start: 9, open: '' })
  assert.deepEqual(typedLine('net-show '), { words: ['net-show'], current: '', start: 9, open: '' })
  assert.deepEqual(typedLine("net-show 'blue n"), { words: ['net-show'], current: 'blue n', start: 9, open: "'" })
  assert.deepEqual(typedLine(''), { words: [], current: '', start: 0, open: '' })
})

test('words: a quoted word is read back', () => {
  for (const word of ['blue', 'blue net', "it's", 'say "hi"', 'back\\slash', '$HOME', '', 'a;b', 'ä b']) {
    for (const open of ['', "'", '"'] as const)
      assert.deepEqual(splitLine(quoted(word, open)), [word], `${open}${word}`)
  }
  assert.equal(quoted('fa:16:3e:00:00:01'), 'fa:16:3e:00:00:01')
})
