/** Whether something keeps the kernel's clock right, as the kernel itself says; only read. Source: adjtimex(2). */
import { libc } from './libc.ts'

/** `struct timex` on 64-bit machines: `modes` first, then longs; `status` follows five longs. */
const TIMEX_BYTES = 256
const [MAX_ERROR_AT, STATUS_AT] = [24, 40]
const STA_UNSYNC = 0x40

export interface KernelClock {
  readonly synchronised: boolean
  /** How far it may be off, in milliseconds, as the kernel reckons: it grows while nobody keeps it right. */
  readonly errorMsMax: number
}

export function readKernelClock(): KernelClock {
  const timex = Buffer.alloc(TIMEX_BYTES)
  const state = libc().adjtimex(timex)
  const status = timex.readInt32LE(STATUS_AT)
  return {
    synchronised: state >= 0 && (status & STA_UNSYNC) === 0,
    errorMsMax: Number(timex.readBigInt64LE(MAX_ERROR_AT)) / 1000,
  }
}
