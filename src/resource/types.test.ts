import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WireError } from '#base/errors.ts'
import type { Json } from '#base/json.ts'
import { Refusal, type TypeSpec } from './definition.ts'
import { compileFilter, compileType } from './types.ts'

const ID = '0b8f8d2c-6d3c-4b1e-9d3a-5a1d3f6c7e21'

const accepted: readonly (readonly [TypeSpec, Json, Json])[] = [
  ['uuid', ID.toUpperCase(), ID.toUpperCase()],
  ['uuid?', null, null],
  ['string', 'é'.repeat(255), 'é'.repeat(255)],
  ['string', '😀'.repeat(255), '😀'.repeat(255)],
  ['name', 'two words', 'two words'],
  ['name', '', ''],
  ['boolean', 'True', true],
  ['boolean', 0, false],
  ['boolean', '1', true],
  ['integer', ' 12 ', 12],
  ['integer', 1.9, 1],
  ['integer', true, 1],
  ['ip', '10.0.0.1', '10.0.0.1'],
  ['ip', 'FE80:0::1', 'fe80::1'],
  ['mac', 'AA-BB-CC-00-11-22', 'aa:bb:cc:00:11:22'],
  ['cidr', '10.0.0.5/24', '10.0.0.0/24'],
  ['cidr', '2001:DB8::1/64', '2001:db8::/64'],
  ['port', '65535', 65_535],
  ['any', { a: [1] }, { a: [1] }],
  ['dict', {}, {}],
  ['uuids', [ID], [ID]],
  [{ values: [4, 6] }, '4', 4],
  [{ values: ['a'], nullable: true }, null, null],
  [{ list: 'ip', nullable: true }, null, []],
  [{ list: 'integer' }, ['1', 1], [1, 1]],
  [{ dict: { a: { type: 'integer', required: true }, b: { type: 'string' } } }, { a: '1' }, { a: 1 }],
  [{ check: (value) => [value] }, 'x', ['x']],
]

for (const [spec, value, converted] of accepted) {
  test(`${JSON.stringify(spec)} takes ${JSON.stringify(value)}`.slice(0, 100), () => {
    assert.deepEqual(compileType(spec)(value), converted)
  })
}

const refused: readonly (readonly [TypeSpec, Json, string])[] = [
  ['uuid', 'abc', "'abc' is not a valid UUID"],
  ['uuid', null, "'None' is not a valid UUID"],
  ['uuids', [ID, ID], `Duplicate items in the list: '${ID}'`],
  ['uuids', 'x', "'x' is not a list"],
  ['string', 5, "'5' is not a valid string"],
  ['string', 'x'.repeat(256), `'${'x'.repeat(256)}' exceeds maximum length of 255`],
  ['name', 'a\nb', "'a\nb' is not a valid string"],
  ['name', ' a', "' a' is not a valid string"],
  [{ string: { max: 3 } }, 'four', "'four' exceeds maximum length of 3"],
  [{ string: { notEmpty: true } }, ' ', "' ' Blank strings are not permitted"],
  ['ip', '10.0.0.256', "'10.0.0.256' is not a valid IP address"],
  ['ip', '010.0.0.1', "'010.0.0.1' is not an accepted IP address, '10.0.0.1' is recommended"],
  ['ip', 1, "'1' is not a valid IP address"],
  ['mac', '00:00:00:00:00:00', "'00:00:00:00:00:00' is not a valid MAC address"],
  ['mac', null, "'None' is not a valid MAC address"],
  ['dict', [1, 'a'], "'[1, 'a']' is not a dictionary"],
  ['port', 65_536, "'65536' is too large - must be no larger than '65535'"],
  ['integer', 2 ** 31, "'2147483648' is too large - must be no larger than '2147483647'"],
  [{ integer: { min: 1 } }, 0, "'0' is too small - must be at least '1'"],
  [{ integer: { min: 0 } }, '-1', "'-1' should be non-negative"],
  [{ values: ['in', 'out'] }, 'up', "'up' is not in ['in', 'out']"],
  [{ values: [4, 6] }, 5, "'5' is not in [4, 6]"],
  [{ list: 'uuid', unique: true }, [{ a: 1 }, { a: 1 }], "Duplicate items in the list: '{'a': 1}'"],
  [{ dict: { a: { type: 'any' } } }, { b: 1, c: 2 }, 'Unexpected keys supplied: b, c'],
  [
    { dict: { a: { type: 'any', required: true } } },
    {},
    "Validation of dictionary's keys failed. Expected keys: {'a'} Provided keys: set()",
  ],
]

for (const [spec, value, reason] of refused) {
  test(`${JSON.stringify(spec)} refuses ${JSON.stringify(value)}`.slice(0, 100), () => {
    assert.throws(
      () => compileType(spec)(value),
      (error) => error instanceof Refusal && error.message === reason,
    )
  })
}

const inconvertible: readonly (readonly [TypeSpec, Json, string])[] = [
  ['boolean', null, "'None' cannot be converted to boolean"],
  ['boolean', 'maybe', "'maybe' cannot be converted to boolean"],
  ['integer', '1.5', "'1.5' is not an integer"],
  ['integer', [], "'[]' is not an integer"],
  ['cidr', '10.0.0.0/33', '10.0.0.0/33 is not in a CIDR format'],
  ['cidr', null, 'None is not in a CIDR format'],
]

for (const [spec, value, why] of inconvertible) {
  test(`${JSON.stringify(spec)} cannot convert ${JSON.stringify(value)}`, () => {
    assert.throws(
      () => compileType(spec)(value),
      (error) => error instanceof WireError && error.message === `Invalid input for operation: ${why}.`,
    )
  })
}

test('filters convert and do not check', () => {
  assert.equal(compileFilter('uuid')('x'), 'x')
  assert.equal(compileFilter('boolean?')('Yes'), true)
  assert.equal(compileFilter({ integer: { max: 1 } })('7'), 7)
  assert.equal(compileFilter('mac')('AABBCC001122'), 'aa:bb:cc:00:11:22')
  assert.equal(compileFilter('ip')('FE80::0'), 'fe80::')
  assert.equal(compileFilter('cidr')('nonsense'), 'nonsense')
  assert.throws(() => compileFilter('integer')('x'), WireError)
})
