/**
 * The records of the routers this agent has on the host, one small file each below `state_path`: whatever has none here
 * and no device on our bridge is another's, and is left alone. Written in place of the old one at once, so a kill leaves
 * the one or the other.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { RouterRecord } from './state.ts'

const SUFFIX = '.json'

export interface Records {
  /** Ids of all routers that have one. */
  ids(): string[]
  find(id: string): RouterRecord | null
  write(id: string, record: RouterRecord): void
  /** Idempotent. */
  remove(id: string): void
}

export function openRecords(directory: string): Records {
  mkdirSync(directory, { recursive: true })
  const file = (id: string) => `${directory}/${id}${SUFFIX}`
  return {
    ids: () => readdirSync(directory).flatMap((name) => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : [])),
    find(id) {
      try {
        return JSON.parse(readFileSync(file(id), 'utf8')) as RouterRecord
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw error
      }
    },
    write(id, record) {
      writeFileSync(`${file(id)}.new`, JSON.stringify(record))
      renameSync(`${file(id)}.new`, file(id))
    },
    remove: (id) => rmSync(file(id), { force: true }),
  }
}
