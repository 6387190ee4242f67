import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashPassword, PasswordGate } from './passwords.ts'

test('passwords: one that was right a moment ago opens nothing but its own account, as it is now', async () => {
  let now = 0
  const gate = new PasswordGate({ now: () => now })
  const [hash, changed, other] = await Promise.all(['right', 'changed', 'right'].map(hashPassword))
  const check = (password: string, kept: string | null) => gate.checkPassword('somebody', password, kept)

  assert.equal(await check('right', hash!), true)
  assert.equal(await check('right', hash!), true)
  assert.equal(await check('wrong', hash!), false)
  assert.equal(await check('right', changed!), false)
  assert.equal(await check('right', null), false)
  assert.equal(await check('right', other!), true)
  now += 3_600_000
  assert.equal(await check('right', hash!), true)
  assert.equal(await check('wrong', hash!), false)
})
