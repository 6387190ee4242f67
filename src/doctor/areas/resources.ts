/** What a host must have enough of: disk, memory, file descriptors; and ports that are to be free for a new server. */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { common, database } from '#config/common.ts'
import type { Check, Verdict } from '#doctor/finding.ts'
import { good, lacking, note } from '#doctor/finding.ts'
import type { Site } from '#doctor/site.ts'

const MIB = 1024 ** 2
const DISK_MIB_MIN = 200
const MEMORY_MIB_MIN = 256
const FILES_SHARE_MAX = 0.9
const FILES_MIN = 4_096

export const resources: readonly Check[] = [
  {
    area: 'host',
    subject: 'disk',
    why: 'A database or an agent that cannot write its files stops.',
    check: async (site) => disk(stateFolder(site)),
  },
  {
    area: 'host',
    subject: 'memory',
    why: 'Where none is left the kernel ends a process of its choice.',
    check: async () => memory(readFileSync('/proc/meminfo', 'utf8')),
  },
  {
    area: 'host',
    subject: 'file descriptors',
    why: 'Sockets, namespaces and files of every network take some.',
    check: async () =>
      descriptors(readFileSync('/proc/sys/fs/file-nr', 'utf8'), readFileSync('/proc/self/limits', 'utf8')),
  },
]

/** A port for a server that is yet to be started. */
export function freePort(port: number): Check {
  return {
    area: 'host',
    subject: `port ${port}`,
    why: 'A server that is to listen there would not start.',
    check: () => portIsFree(port),
  }
}

function portIsFree(port: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      const mend = `choose another with --port or --identity-port, or see who has it: ss -ltnp sport = :${port}`
      resolve(note('somebody listens there', mend))
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(good('free'))))
  })
}

/** Where the server's database is, when it is a file; else where agents keep theirs. */
function stateFolder({ config }: Site): string {
  const { connection } = config.of(database)
  const folder = connection.startsWith('sqlite:////') ? dirname(connection.slice('sqlite:///'.length)) : ''
  return [folder, config.of(common).state_path, '/var/lib'].find((path) => path !== '' && existsSync(path)) ?? '/'
}

function disk(path: string): Verdict {
  const { bavail, bsize } = statfsSync(path)
  const free = Math.floor((bavail * bsize) / MIB)
  const evidence = `${free} MiB free at ${path}`
  return free >= DISK_MIB_MIN ? good(evidence) : lacking(evidence, 'make room, or use --state elsewhere')
}

/** `/proc/meminfo`. Pure. Source: proc(5). */
export function memory(text: string): Verdict {
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1] ?? Number.NaN) / 1024
  if (Number.isNaN(available)) return { state: 'unknown', evidence: '/proc/meminfo does not say what is available' }
  const evidence = `${Math.floor(available)} MiB available`
  return available >= MEMORY_MIB_MIN ? good(evidence) : note(evidence, 'ps -eo rss,args --sort=-rss | head')
}

/** `/proc/sys/fs/file-nr` and the limits of a process. Pure. Source: proc(5). */
export function descriptors(fileNr: string, limits: string): Verdict {
  const [open = 0, , most = 0] = fileNr.trim().split(/\s+/).map(Number)
  const limit = /^Max open files\s+(\S+)\s+(\S+)/m.exec(limits)
  const own = limit?.[2] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit?.[2] ?? 0)
  const evidence = `${open} of ${most} open on this host, ${own} for one process`
  if (open > most * FILES_SHARE_MAX) return lacking(evidence, `sudo sysctl fs.file-max=${most * 2}`)
  return own < FILES_MIN ? note(evidence, `ulimit -n ${FILES_MIN}   (LimitNOFILE= of the unit)`) : good(evidence)
}
