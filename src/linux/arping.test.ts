import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arpFrame } from './arping.ts'

test('arping: a gratuitous request says whose the address is, to everybody', () => {
  assert.equal(
    arpFrame(1, 'fa:16:3e:00:00:01', '203.0.113.7').toString('hex'),
    'ffffffffffff' +
      'fa163e000001' +
      '0806' +
      '0001' +
      '0800' +
      '06' +
      '04' +
      '0001' +
      'fa163e000001' +
      'cb007107' +
      'ffffffffffff' +
      'cb007107',
  )
})
