import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean, distanceOf, nearest } from './suggest.ts'

const COMMANDS = [
  'net-list',
  'net-show',
  'net-create',
  'net-list-on-dhcp-agent',
  'port-list',
  'port-show',
  'subnet-list',
]

const cases: Record<string, { word: string; of?: string[]; found: string[] }> = {
  'a letter left out': { word: 'net-lst', found: ['net-list'] },
  'letters exchanged': { word: 'prot-list', found: ['port-list'] },
  'what begins like it, all of them': { word: 'net-l', found: ['net-list', 'net-list-on-dhcp-agent'] },
  'nothing near': { word: 'reboot', found: [] },
  'nothing asked': { word: '', found: [] },
  'capitals do not matter': { word: 'Blue', of: ['blue', 'red'], found: ['blue'] },
  'a short word is not near everything': { word: 'ab', of: ['xy', 'zz', 'ac'], found: ['ac'] },
  'the same word twice is one': { word: 'web', of: ['webs', 'webs'], found: ['webs'] },
  'at most five': { word: 'n', of: ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'], found: ['n1', 'n2', 'n3', 'n4', 'n5'] },
}
for (const [title, { word, of = COMMANDS, found }] of Object.entries(cases)) {
  test(`suggest: ${title}`, () => assert.deepEqual(nearest(word, of), found))
}

test('suggest: the distance counts changes, gaps and exchanged neighbours', () => {
  assert.equal(distanceOf('', 'abc'), 3)
  assert.equal(distanceOf('abc', 'abc'), 0)
  assert.equal(distanceOf('abc', 'acb'), 1)
  assert.equal(distanceOf('abc', 'ab'), 1)
  assert.equal(distanceOf('kitten', 'sitting'), 3)
})

test('suggest: the lines that say so', () => {
  assert.deepEqual(didYouMean([]), [])
  assert.deepEqual(didYouMean(['net-list']), ['Did you mean this?', '  net-list'])
  assert.deepEqual(didYouMean(['a', 'b']), ['Did you mean one of these?', '  a', '  b'])
})
