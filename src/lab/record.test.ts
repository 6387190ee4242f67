import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type InstanceRecord, isInstanceName, Records } from './record.ts'

const record = { name: 'web', id: 'i1', status: 'building' } as InstanceRecord

test('lab records: a name is claimed once, and free again when its record has gone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'records-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const records = new Records(join(folder, 'instances'))
  assert.deepEqual(records.list(), [])
  assert.equal(records.claim(record), true)
  assert.equal(records.claim({ ...record, id: 'i2' }), false)
  records.write({ ...records.find('web')!, status: 'active' })
  assert.deepEqual(
    records.list().map(({ name, status }) => [name, status]),
    [['web', 'active']],
  )
  assert.equal(records.findById('i1')?.name, 'web')
  records.remove('web')
  assert.equal(records.find('web'), null)
  assert.equal(records.claim(record), true)
})

test('lab records: a name is no path', () => {
  for (const name of ['', '.', '..', 'a/b', '-a', 'a-', 'a'.repeat(64)]) assert.equal(isInstanceName(name), false, name)
  assert.equal(isInstanceName('web-1'), true)
})
