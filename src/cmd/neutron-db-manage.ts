/** `neutron-db-manage`: makes and upgrades the schema before a server serves over it. */
import { runDbManage } from '#cmd/db-manage/run.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

// Who listens may go away; a migration that has begun is brought to its end all the same.
let unwritten: NodeJS.ErrnoException | null = null
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => (unwritten ??= error))
}

const code = await runDbManage(process.argv.slice(2), stopping.signal)
process.exitCode = code
process.once('exit', () => {
  if (unwritten === null || unwritten.code === 'EPIPE' || code !== 0) return
  process.stderr.write(`neutron-db-manage: error: standard output: ${unwritten.message}\n`)
  process.exitCode = 1
})
