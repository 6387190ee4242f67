import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extraOptions, mergedOptions, type SentOption } from './options-sent.ts'
import type { DhcpOption } from './tables.ts'

const has: DhcpOption[] = [
  { opt_name: 'a', opt_value: '1', ip_version: 4 },
  { opt_name: 'a', opt_value: '6', ip_version: 6 },
]

const merges: { readonly [title: string]: [sent: SentOption[] | null, values: string[]] } = {
  'nothing sent changes nothing': [null, ['1', '6']],
  'an empty list changes nothing': [[], ['1', '6']],
  'another value takes the place of the old': [[{ opt_name: 'a', opt_value: '2' }], ['2', '6']],
  'null takes away the one of its version': [[{ opt_name: 'a', opt_value: null, ip_version: 6 }], ['1']],
  'null for one that is not there is nothing': [[{ opt_name: 'b', opt_value: null }], ['1', '6']],
  'a new one comes last': [[{ opt_name: 'b', opt_value: '3' }], ['1', '6', '3']],
}

for (const [title, [sent, values]] of Object.entries(merges)) {
  test(`extra DHCP options: ${title}`, () => {
    assert.deepEqual(
      mergedOptions(has, sent).map(({ opt_value }) => opt_value),
      values,
    )
  })
}

test('extra DHCP options: a new one sent twice is refused', () => {
  const twice = ['1', '2'].map((opt_value) => ({ opt_name: 'b', opt_value }))
  assert.throws(() => mergedOptions(has, twice), { name: 'NeutronDbObjectDuplicateEntry' })
})

test('extra DHCP options: only the options that may be blank are', () => {
  const blank = (opt_name: string) => extraOptions([{ opt_name, opt_value: '' }])
  assert.deepEqual(blank('router'), [{ opt_name: 'router', opt_value: '' }])
  assert.deepEqual(blank('classless-static-route'), [{ opt_name: 'classless-static-route', opt_value: '' }])
  assert.throws(() => blank('mtu'), { name: 'InvalidInput' })
})

test('extra DHCP options: nothing may start another line of a file', () => {
  for (const end of ['\n', '\r', '\v', '\f', '\u001e', '\u0085', '\u2028']) {
    for (const option of [
      { opt_name: `a${end}b`, opt_value: 'x' },
      { opt_name: 'a', opt_value: `x${end}` },
    ])
      assert.throws(() => extraOptions([option]), { name: 'InvalidInput' })
  }
})
