import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summary } from './cli.ts'

test('purge: what was deleted and what was not is counted, in the order of deletion', () => {
  assert.equal(summary({}, {}), 'Tenant has no supported resources.')
  assert.equal(summary({ network: 2, port: 1 }, {}), 'Deleted 1 port, 2 networks.')
  assert.equal(summary({}, { router: 1 }), 'The following resources could not be deleted: 1 router.')
  assert.equal(
    summary({ floatingip: 1 }, { port: 3, security_group: 2 }),
    'Deleted 1 floatingip. The following resources could not be deleted: 3 ports, 2 security_groups.',
  )
})
