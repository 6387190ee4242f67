/**
 * The lines of earlier sessions, in a file that only its owner may read. Lines that carry a secret are not written to
 * it. A history that cannot be read or written is no reason to stop: the shell goes on without.
 */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export const HISTORY_LINES_MAX = 1_000
/** A longer line is not kept. */
const LINE_LENGTH_MAX = 4_096
/** The file is cut when it holds this many times what is kept. */
const SLACK = 2
const OWNER_ONLY = 0o600
const FOLDER_OWNER_ONLY = 0o700

const SECRET_OPTIONS = [
  '--os-password',
  '--os-token',
  '--os_password',
  '--os_token',
  '--password',
  '--psk',
  '--auth-password',
]
const SECRET_WORD = /pass|secret|token|psk/i
/** An option this short could be the beginning of any. */
const BEGINNING_LENGTH_MIN = 4

/** Where it is kept: `$XDG_STATE_HOME/neutron/history`. Source: XDG Base Directory Specification. */
export function historyFile(env: Readonly<Record<string, string | undefined>>): string {
  const state = env.XDG_STATE_HOME
  return join(state?.startsWith('/') ? state : join(env.HOME || homedir(), '.local/state'), 'neutron/history')
}

/** Whether the line may be kept: no option in it takes a password, a token or a key. Options may be shortened. Pure. */
export function mayBeKept(words: readonly string[]): boolean {
  return !words.some((word) => {
    const [name = ''] = word.split('=')
    if (!name.startsWith('--')) return word.includes('=') && SECRET_WORD.test(name)
    if (SECRET_WORD.test(name)) return true
    return name.length >= BEGINNING_LENGTH_MIN && SECRET_OPTIONS.some((option) => option.startsWith(name))
  })
}

/** The lines kept, oldest first; none where there is no file, or it cannot be read. */
export function readHistory(file: string): string[] {
  try {
    return lastOf(
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    )
  } catch {
    return []
  }
}

/** Adds a line. Several shells may do so at once. Answers whether it could. */
export function keepLine(file: string, line: string): boolean {
  if (line.length > LINE_LENGTH_MAX) return true
  try {
    mkdirSync(dirname(file), { recursive: true, mode: FOLDER_OWNER_ONLY })
    appendFileSync(file, `${line}\n`, { mode: OWNER_ONLY })
    return true
  } catch {
    return false
  }
}

/** Cuts the file to what is kept, and to its owner. Once a session. */
export function trimHistory(file: string): void {
  try {
    const lines = readFileSync(file, 'utf8').split('\n')
    chmodSync(file, OWNER_ONLY)
    if (lines.length <= HISTORY_LINES_MAX * SLACK) return
    const fresh = `${file}.${process.pid}`
    writeFileSync(fresh, `${lastOf(lines.filter((line) => line !== '')).join('\n')}\n`, { mode: OWNER_ONLY })
    renameSync(fresh, file)
  } catch {
    // Nothing is kept yet, or it may not be written: `keepLine` says so.
  }
}

function lastOf(lines: readonly string[]): string[] {
  return lines.slice(-HISTORY_LINES_MAX)
}
