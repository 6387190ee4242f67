/** Prints a line for each test file as it ends, every failure whole, and the runner's closing counts. */
import type { TestEvent } from 'node:test/reporters'

interface Tally {
  passed: number
  failed: number
}

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files = new Map<string, Tally>()
  const total = { passed: 0, failed: 0, skipped: 0 }
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { file = '', name, skip, details } = event.data
      // A file or a suite is what its tests are; one that fails by itself has something to say.
      if (name === file) continue
      if (details.type === 'suite' && (event.type === 'test:pass' || failedBelow(event.data.details.error))) continue
      const tally = files.get(file) ?? { passed: 0, failed: 0 }
      files.set(file, tally)
      if (skip !== undefined) total.skipped += 1
      else if (event.type === 'test:pass') {
        tally.passed += 1
        total.passed += 1
      } else {
        tally.failed += 1
        total.failed += 1
        yield `✖ ${file.replace(`${process.cwd()}/`, '')}: ${name}\n${indented(event.data.details.error)}\n`
      }
    } else if (event.type === 'test:summary' && event.data.file) {
      const tally = files.get(event.data.file) ?? { passed: 0, failed: 0 }
      const seconds = (event.data.duration_ms / 1000).toFixed(1)
      const mark = event.data.success ? '✔' : '✖'
      yield `${mark} ${event.data.file.replace(`${process.cwd()}/`, '')} (${tally.passed} passed, ${tally.failed} failed, ${seconds} s)\n`
    } else if (event.type === 'test:stderr') {
      yield event.data.message
    }
  }
  yield `${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`
}

/** The failure of a suite whose tests failed: each of them has been told. */
function failedBelow(error: unknown): boolean {
  return error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed'
}

function indented(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  return text.replaceAll(/^/gm, '    ')
}
