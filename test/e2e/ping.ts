/** Pings all the time, and which of them were lost: those with no answer that came before the last answer. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Pinging {
  /** Sequence numbers that were never answered. The last ones may be under way, and count for nothing. */
  stop(): Promise<{ readonly answered: number; readonly lost: readonly number[] }>
}

/** Every ten milliseconds from that namespace. */
export function keepPinging(netns: string, address: string): Pinging {
  const argv = [`--net=/run/netns/${netns}`, '--', 'ping', '-n', '-i', '0.01', address]
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk
  })
  return {
    async stop() {
      process.off('exit', kill)
      const closed = once(child, 'close')
      child.kill('SIGINT')
      await closed
      const answered = new Set([...text.matchAll(/bytes from .* icmp_seq=(\d+) /g)].map(([, number]) => Number(number)))
      const last = Math.max(0, ...answered)
      const sent = Array.from({ length: last }, (_, index) => index + 1)
      return { answered: answered.size, lost: sent.filter((number) => !answered.has(number)) }
    },
  }
}
