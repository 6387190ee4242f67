/**
 * What a feature adds to a port on this host: flows, as a pure function of the port. The agent merges the fragments of
 * all features; a packet's way through the tables is in README.md.
 */
import type { Flow } from '#linux/openflow/flow.ts'
import type { WiredPort } from './state.ts'

export interface PortFragment {
  readonly name: string
  /** Flows of every bridge that uses it, whatever ports there are. */
  readonly base: readonly Flow[]
  /** Flows of one port. */
  port(port: WiredPort): readonly Flow[]
  /** Flows that follow from all ports together. */
  all?(ports: readonly WiredPort[]): readonly Flow[]
}
