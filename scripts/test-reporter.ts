/** Prints a line for each test file as it ends, every failure whole, and the runner's closing counts. */
import type { TestEvent } from 'node:test/reporters'

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for await (const event of source) {
    if (event.type === 'test:pass' || event.type === 'test:fail') {
      const { file = '', name, skip, details } = event.data
      // A file or a suite is what its tests are; one that fails by itself has something to say.
      if (name === file) continue
      if (details.type === 'suite' && (event.type === 'test:pass' || failedBelow(event.data.details.error))) continue
      if (skip !== undefined) total.skipped += 1
      else if (event.type === 'test:pass') total.passed += 1
      else {
        total.failed += 1
        yield `✖ ${file.replace(`${process.cwd()}/`, '')}: ${name}\n${indented(event.data.details.error)}\n`
      }
    } else if (event.type === 'test:summary' && event.data.file) {
      // Counted by the runner: a test that another module declares has that module's name.
      const { tests, passed, skipped, todo } = event.data.counts
      const seconds = (event.data.duration_ms / 1000).toFixed(1)
      const mark = event.data.success ? '✔' : '✖'
      yield `${mark} ${event.data.file.replace(`${process.cwd()}/`, '')} (${passed} passed, ${tests - passed - skipped - todo} failed, ${seconds} s)\n`
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
