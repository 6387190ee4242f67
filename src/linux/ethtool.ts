/**
 * Checksum offload of devices that a userspace datapath reads from: a veth hands over packets whose checksum nobody has
 * filled in yet. Internal ports need nothing: their taps never offer it. Source: ethtool(8).
 */
import type { Netns } from '#linux/netns.ts'

const TIMEOUT_MS = 10_000

/** Turns transmit checksum offload off. Idempotent. */
export async function turnTxOffloadOff(netns: Netns, devices: readonly string[], signal: AbortSignal): Promise<void> {
  for (const device of devices) {
    await netns.run(['ethtool', '--offload', device, 'tx', 'off'], { timeoutMs: TIMEOUT_MS, signal })
  }
}
