/**
 * Passwords: hashed slowly, compared in constant time, guessed at rarely. Nothing here knows users or rows.
 * Source: RFC 7914 (scrypt).
 */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Clock } from '#base/clock.ts'
import { busy } from './errors.ts'

const COST = 16_384
const BLOCK = 8
const PARALLEL = 1
const KEY_BYTES = 32
const SALT_BYTES = 16
export const PASSWORD_LENGTH_MAX = 1_024

/** `scrypt$N$r$p$salt$key` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const key = await derive(password, salt, COST, BLOCK, PARALLEL)
  return ['scrypt', COST, BLOCK, PARALLEL, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Takes as long for an account without a password as for one with. */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [kind, cost, block, parallel, salt = '', key = ''] = (hash ?? '').split('$')
  if (kind !== 'scrypt') {
    await derive(password, Buffer.alloc(SALT_BYTES), COST, BLOCK, PARALLEL)
    return false
  }
  const expected = Buffer.from(key, 'base64url')
  const made = await derive(password, Buffer.from(salt, 'base64url'), Number(cost), Number(block), Number(parallel))
  return expected.length === made.length && timingSafeEqual(expected, made)
}

export function isAcceptablePassword(password: string): boolean {
  return password.length > 0 && password.length <= PASSWORD_LENGTH_MAX
}

function derive(password: string, salt: Buffer, N: number, r: number, p: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 256 * N * r }
    scrypt(password, salt, KEY_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

const REMEMBERED_MS = 300_000
const REMEMBERED_MAX = 1_000

/**
 * Passwords that were right a moment ago: a client that logs in for each command then waits for no slow hash. Kept are
 * keyed hashes, the key is this process's own; another password, or another hash of the account's, is another entry.
 */
class RightPasswords {
  readonly #key = randomBytes(KEY_BYTES)
  readonly #untilMs = new Map<string, number>()

  async isPassword(password: string, hash: string | null, nowMs: number): Promise<boolean> {
    const name = createHmac('sha256', this.#key)
      .update(JSON.stringify([hash, password]))
      .digest('base64')
    if (nowMs < (this.#untilMs.get(name) ?? 0)) return true
    this.#untilMs.delete(name)
    const right = await isPassword(password, hash)
    if (right) this.#remember(name, nowMs + REMEMBERED_MS)
    return right
  }

  #remember(name: string, untilMs: number): void {
    if (this.#untilMs.size >= REMEMBERED_MAX) this.#untilMs.delete(this.#untilMs.keys().next().value!)
    this.#untilMs.set(name, untilMs)
  }
}

const FAILURES_MAX = 10
const WINDOW_MS = 60_000
const WATCHED_MAX = 10_000
const AT_ONCE_MAX = 4
const WAITING_MAX = 256

/** Bounds guessing: so many failures in a minute for one account from one address, so many checks at a time at all. */
export class PasswordGate {
  readonly #clock: Clock
  readonly #right = new RightPasswords()
  readonly #failures = new Map<string, { count: number; sinceMs: number }>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** As `check`; a password that was right within the last minutes is so at once. */
  checkPassword(who: string, password: string, hash: string | null): Promise<boolean> {
    return this.check(who, () => this.#right.isPassword(password, hash, this.#clock.now()))
  }

  /** @throws IdentityError 429 when `who` has failed too often, 503 when too many wait. */
  async check(who: string, isRight: () => Promise<boolean>): Promise<boolean> {
    this.#refuse(who)
    await this.#enter()
    try {
      // Those that failed while this one waited count too: attempts made all at once gain nothing.
      this.#refuse(who)
      const right = await isRight()
      if (right) this.#failures.delete(who)
      else this.#fail(who)
      return right
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  #recent(who: string): { count: number; sinceMs: number } {
    const known = this.#failures.get(who)
    const now = this.#clock.now()
    return known && now - known.sinceMs < WINDOW_MS ? known : { count: 0, sinceMs: now }
  }

  #refuse(who: string): void {
    const { count, sinceMs } = this.#recent(who)
    if (count < FAILURES_MAX) return
    const seconds = Math.ceil((sinceMs + WINDOW_MS - this.#clock.now()) / 1_000)
    throw busy(429, 'Too many attempts to authenticate have failed. Try again later.', seconds)
  }

  #fail(who: string): void {
    const { count, sinceMs } = this.#recent(who)
    this.#failures.delete(who)
    if (this.#failures.size >= WATCHED_MAX) this.#failures.delete(this.#failures.keys().next().value!)
    this.#failures.set(who, { count: count + 1, sinceMs })
  }

  async #enter(): Promise<void> {
    if (this.#running >= AT_ONCE_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw busy(503, 'Too many requests to authenticate at a time.', 1)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#running++
  }
}
