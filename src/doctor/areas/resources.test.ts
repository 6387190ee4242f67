import assert from 'node:assert/strict'
import { test } from 'node:test'
import { descriptors, memory } from './resources.ts'

test('memory is what the kernel says is available, not what is free', () => {
  assert.equal(memory('MemFree: 1 kB\nMemAvailable:  1048576 kB\n').state, 'good')
  assert.deepEqual(memory('MemFree: 9999999 kB\nMemAvailable: 1024 kB\n').state, 'note')
  assert.equal(memory('').state, 'unknown')
})

test('file descriptors run out on the host or in a process', () => {
  const limits = (most: string) =>
    `Limit  Soft  Hard  Units\nMax open files            1024                 ${most}  files\n`
  assert.equal(descriptors('100\t0\t1000\n', limits('20000')).state, 'good')
  assert.equal(descriptors('950\t0\t1000\n', limits('20000')).state, 'lacking')
  assert.equal(descriptors('100\t0\t1000\n', limits('1024')).state, 'note')
  assert.equal(descriptors('100\t0\t1000\n', limits('unlimited')).state, 'good')
})
