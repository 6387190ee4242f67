import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorType } from '#base/errors.ts'
import { InUse, StoreBusy } from '#store/errors.ts'
import { DuplicateKey } from '#store/store.ts'
import { isUnexpected, replyOfError } from './faults.ts'

const told = (error: unknown) => {
  const { status, body, headers } = replyOfError(error)
  return { status, headers, ...JSON.parse(body ?? '{}').NeutronError }
}

test('a wire error is told as it is', () => {
  const PortInUse = errorType('PortInUse', 409, 'Port %(id)s is in use.')
  const { type, message, detail, status } = told(PortInUse({ id: 'x' }))
  assert.deepEqual([status, type, message, detail], [409, 'PortInUse', 'Port x is in use.', ''])
})

test('a store that is busy asks the client to come back', () => {
  const { status, type, headers } = told(new StoreBusy('deadlock'))
  assert.deepEqual([status, type, headers], [503, 'ServiceUnavailable', { 'retry-after': '1' }])
})

test('other refusals of that status are told as they are: coming back at once would not help', () => {
  const NoNetworkAvailable = errorType('NoNetworkAvailable', 503, 'None.')
  assert.equal(replyOfError(NoNetworkAvailable()).headers, undefined)
})

test('what the database refuses and no plugin explains is a conflict', () => {
  for (const error of [new DuplicateKey('ports_mac_key'), new InUse(null)]) {
    assert.equal(told(error).status, 409)
    assert.doesNotMatch(told(error).message, /ports_mac_key/)
  }
})

test('what nobody expected is logged, and told to nobody', () => {
  const error = new TypeError('x is undefined')
  assert.equal(isUnexpected(error), true)
  assert.deepEqual(
    [told(error).status, told(error).type, told(error).message],
    [500, 'HTTPInternalServerError', 'Request Failed: internal server error while processing your request.'],
  )
})
