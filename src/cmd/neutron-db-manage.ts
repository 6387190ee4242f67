/** `neutron-db-manage`: makes and upgrades the schema before a server serves over it. */
import { runDbManage } from '#cmd/db-manage/run.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

process.exitCode = await runDbManage(process.argv.slice(2), stopping.signal)
