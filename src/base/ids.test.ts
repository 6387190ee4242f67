import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuid, newId, newRequestId, uuid5Dns } from './ids.ts'
import { canonicalMac, isMac, randomMac } from './mac.ts'

test('ids: a new id is a UUID, a request id is one with its prefix', () => {
  assert.ok(isUuid(newId()))
  assert.match(newRequestId(), /^req-[0-9a-f-]{36}$/)
  assert.equal(isUuid('not-a-uuid'), false)
})

test('ids: version 5 of a host name is what every implementation makes of it', () => {
  assert.equal(uuid5Dns('www.example.com'), '2ed6657d-e927-568b-95e1-2665a8aea6a2')
})

test('mac: made below the base, three octets kept, the fourth too when it is not zero', () => {
  assert.match(randomMac('fa:16:3e:00:00:00'), /^fa:16:3e:(?:[0-9a-f]{2}:){2}[0-9a-f]{2}$/)
  assert.match(randomMac('fa:16:3e:4f:00:00'), /^fa:16:3e:4f:[0-9a-f]{2}:[0-9a-f]{2}$/)
  assert.equal(isMac(randomMac('fa:16:3e:00:00:00')), true)
})

test('mac: dashes and dots are read, everything else is refused', () => {
  assert.equal(canonicalMac('FA-16-3E-00-00-01'), 'fa:16:3e:00:00:01')
  assert.equal(canonicalMac('fa16.3e00.0001'), 'fa:16:3e:00:00:01')
  assert.equal(canonicalMac('fa:16:3e:00:00'), null)
})
