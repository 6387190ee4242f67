/**
 * Starts a program by posix_spawn(3). Node's own way copies this process's page tables first, which takes longer the
 * more memory it has (tens of milliseconds for a busy server) and stands still meanwhile; this one copies nothing. Only
 * command.ts uses it. Source: posix_spawn(3), pipe(2), waitpid(2).
 */
import { closeSync } from 'node:fs'
import { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'
import { sleep } from '#base/lifetime.ts'
import { checked, libc } from './libc.ts'

export interface Spawned {
  readonly pid: number
  /** Null when the program reads nothing. */
  readonly stdin: Socket | null
  readonly stdout: Socket
  readonly stderr: Socket
  /** Its exit status, null when it was killed; to be called once, after its output. Then its number is free. */
  wait(): Promise<number | null>
}

const [O_RDONLY, O_CLOEXEC, WNOHANG] = [0, 0o2000000, 1]
/** Signals as a new program expects them: none blocked, none ignored. */
const [SETSIGDEF, SETSIGMASK] = [4, 8]
/** More than any C library's own sizes: sigset_t, posix_spawnattr_t, posix_spawn_file_actions_t. */
const OPAQUE_BYTES = 512
const PAUSE_MS_MAX = 50

/**
 * Another thread waits until it runs.
 * @throws Error, with the errno's name, when it cannot be started.
 */
export async function spawnProgram(
  argv: readonly string[],
  hasInput: boolean,
  env: NodeJS.ProcessEnv,
): Promise<Spawned> {
  const c = libc()
  const open: number[] = []
  const pipe = (): [number, number] => {
    const ends = Buffer.alloc(8)
    checked('pipe2', c.pipe2(ends, O_CLOEXEC))
    const pair: [number, number] = [ends.readInt32LE(0), ends.readInt32LE(4)]
    open.push(...pair)
    return pair
  }
  const [actions, attributes, signals, pid] = [OPAQUE_BYTES, OPAQUE_BYTES, OPAQUE_BYTES, 4].map((size) =>
    Buffer.alloc(size),
  ) as [Buffer, Buffer, Buffer, Buffer]
  try {
    const [input, [outRead, outWrite], [errRead, errWrite]] = [hasInput ? pipe() : null, pipe(), pipe()]
    c.posix_spawn_file_actions_init(actions)
    if (input) c.posix_spawn_file_actions_adddup2(actions, input[0], 0)
    else c.posix_spawn_file_actions_addopen(actions, 0, '/dev/null', O_RDONLY, 0)
    c.posix_spawn_file_actions_adddup2(actions, outWrite, 1)
    c.posix_spawn_file_actions_adddup2(actions, errWrite, 2)
    c.posix_spawnattr_init(attributes)
    c.posix_spawnattr_setflags(attributes, SETSIGDEF | SETSIGMASK)
    c.posix_spawnattr_setsigmask(attributes, signals)
    c.posix_spawnattr_setsigdefault(attributes, Buffer.alloc(OPAQUE_BYTES, 0xff))
    const variables = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`))
    const error = await c.posix_spawnpLater(pid, argv[0]!, actions, attributes, [...argv, null], [...variables, null])
    if (error !== 0) throw new Error(`spawn ${argv[0]} ${getSystemErrorName(-error)}`)
    const ours = [...(input ? [input[1]] : []), outRead, errRead]
    for (const fd of open.splice(0)) if (!ours.includes(fd)) closeSync(fd)
    const number = pid.readInt32LE(0)
    return {
      pid: number,
      stdin: input && new Socket({ fd: input[1], readable: false, writable: true }),
      stdout: new Socket({ fd: outRead, readable: true, writable: false }),
      stderr: new Socket({ fd: errRead, readable: true, writable: false }),
      wait: () => statusOf(number),
    }
  } finally {
    for (const fd of open) closeSync(fd)
    c.posix_spawn_file_actions_destroy(actions)
    c.posix_spawnattr_destroy(attributes)
  }
}

/** By asking again: a program whose output has ended ends itself within the moment. */
async function statusOf(pid: number): Promise<number | null> {
  const status = Buffer.alloc(4)
  for (let pauseMs = 1; checked('waitpid', libc().waitpid(pid, status, WNOHANG)) === 0; ) {
    await sleep(pauseMs)
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
  }
  const value = status.readInt32LE(0)
  return (value & 0x7f) === 0 ? (value >> 8) & 0xff : null
}
