import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorType, pythonRepr } from './errors.ts'

test('wire error: type, status and text are the declared ones, with the values put in as Python prints them', () => {
  const OverQuota = errorType('OverQuota', 409, 'Quota exceeded for resources: %(overs)s.')
  const error = OverQuota({ overs: ['port', 'network'] })
  assert.equal(error.type, 'OverQuota')
  assert.equal(error.status, 409)
  assert.equal(error.message, "Quota exceeded for resources: ['port', 'network'].")
})

test('python text: quotes, constants and nesting', () => {
  assert.equal(pythonRepr("it's"), '"it\'s"')
  assert.equal(pythonRepr({ a: [true, null, 1], b: 'x\ny' }), "{'a': [True, None, 1], 'b': 'x\\ny'}")
})
