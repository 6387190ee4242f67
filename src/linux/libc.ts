/**
 * The system calls Node has no door for: setns(2), plain sockets, posix_spawn(3), adjtimex(2), through koffi, loaded
 * when first needed. Holds no policy. Source: setns(2), socket(2), posix_spawn(3), adjtimex(2).
 */
import { createRequire } from 'node:module'
import { getSystemErrorName, promisify } from 'node:util'
import type koffi from 'koffi'
import { OperatingError } from '#base/errors.ts'

export interface Libc {
  setns(fd: number, kind: number): number
  socket(family: number, kind: number, protocol: number): number
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number
  bind(fd: number, address: Buffer, length: number): number
  listen(fd: number, backlog: number): number
  sendto(fd: number, data: Buffer, length: number, flags: number, address: Buffer, addressLength: number): number
  /** By another thread. */
  sendtoLater(...args: Parameters<Libc['sendto']>): Promise<number>
  recv(fd: number, data: Buffer, length: number, flags: number): number
  if_nametoindex(name: string): number
  unshare(kinds: number): number
  adjtimex(timex: Buffer): number
  mount(source: string, target: string, type: string, flags: number, data: string | null): number
  close(fd: number): number
  pipe2(ends: Buffer, flags: number): number
  /** By another thread. */
  posix_spawnpLater(
    pid: Buffer,
    file: string,
    actions: Buffer,
    attributes: Buffer,
    argv: readonly (string | null)[],
    env: readonly (string | null)[],
  ): Promise<number>
  posix_spawn_file_actions_init(actions: Buffer): number
  posix_spawn_file_actions_adddup2(actions: Buffer, fd: number, to: number): number
  posix_spawn_file_actions_addopen(actions: Buffer, fd: number, path: string, flags: number, mode: number): number
  posix_spawn_file_actions_destroy(actions: Buffer): number
  posix_spawnattr_init(attributes: Buffer): number
  posix_spawnattr_setflags(attributes: Buffer, flags: number): number
  posix_spawnattr_setsigmask(attributes: Buffer, signals: Buffer): number
  posix_spawnattr_setsigdefault(attributes: Buffer, signals: Buffer): number
  posix_spawnattr_destroy(attributes: Buffer): number
  waitpid(pid: number, status: Buffer, options: number): number
  errno(): number
}

let loaded: Libc | null = null

/** The C library. @throws OperatingError where koffi has no build for this machine. */
export function libc(): Libc {
  loaded ??= load()
  return loaded
}

function load(): Libc {
  try {
    const ffi = createRequire(import.meta.url)('koffi') as typeof koffi
    const library = ffi.load('libc.so.6')
    const declare = (prototype: string) => library.func(prototype) as never
    const sendto = library.func(
      'long sendto(int fd, const void *data, size_t length, int flags, const void *address, uint32_t addressLength)',
    )
    const spawn = library.func(
      'int posix_spawnp(void *pid, const char *file, const void *actions, const void *attributes, ' +
        'const char **argv, const char **env)',
    )
    return {
      setns: declare('int setns(int fd, int kind)'),
      socket: declare('int socket(int family, int kind, int protocol)'),
      setsockopt: declare('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)'),
      bind: declare('int bind(int fd, const void *address, uint32_t length)'),
      listen: declare('int listen(int fd, int backlog)'),
      sendto: sendto as never,
      sendtoLater: promisify(sendto.async) as never,
      recv: declare('long recv(int fd, void *data, size_t length, int flags)'),
      if_nametoindex: declare('uint32_t if_nametoindex(const char *name)'),
      unshare: declare('int unshare(int kinds)'),
      adjtimex: declare('int adjtimex(void *timex)'),
      mount: declare(
        'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
      ),
      close: declare('int close(int fd)'),
      pipe2: declare('int pipe2(void *ends, int flags)'),
      posix_spawnpLater: promisify(spawn.async) as never,
      posix_spawn_file_actions_init: declare('int posix_spawn_file_actions_init(void *actions)'),
      posix_spawn_file_actions_adddup2: declare('int posix_spawn_file_actions_adddup2(void *actions, int fd, int to)'),
      posix_spawn_file_actions_addopen: declare(
        'int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, unsigned int mode)',
      ),
      posix_spawn_file_actions_destroy: declare('int posix_spawn_file_actions_destroy(void *actions)'),
      posix_spawnattr_init: declare('int posix_spawnattr_init(void *attributes)'),
      posix_spawnattr_setflags: declare('int posix_spawnattr_setflags(void *attributes, short flags)'),
      posix_spawnattr_setsigmask: declare('int posix_spawnattr_setsigmask(void *attributes, const void *signals)'),
      posix_spawnattr_setsigdefault: declare(
        'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
      ),
      posix_spawnattr_destroy: declare('int posix_spawnattr_destroy(void *attributes)'),
      waitpid: declare('int waitpid(int pid, void *status, int options)'),
      errno: () => ffi.errno(),
    }
  } catch (cause) {
    throw new OperatingError('the C library cannot be called: the npm package koffi did not load', { cause })
  }
}

/** The result if it is not negative. @throws OperatingError that names the call and the errno. */
export function checked(call: string, result: number): number {
  if (result >= 0) return Number(result)
  const code = libc().errno()
  throw new OperatingError(`${call}: ${getSystemErrorName(-code)}`)
}
