/**
 * What drivers are: a type driver knows one network type, a mechanism driver knows how one kind of host is wired. Both
 * only decide; segments.ts and binding.ts record what they say.
 * Source: ML2's driver contracts; VIF types as Nova's os-vif reads them.
 */
import type { WireError } from '#base/errors.ts'
import type { IpRange } from '#base/ip.ts'
import type { JsonObject } from '#base/json.ts'

/** A way to carry a network, as far as it was said. */
export interface SegmentRequest {
  readonly network_type: string
  readonly physical_network: string | null
  readonly segmentation_id: number | null
}

export interface TypeDriver {
  readonly type: string
  /** `physnets`: those with ids to choose from. @throws InvalidInput when a network of this type cannot be so. */
  check(request: SegmentRequest, physnets: ReadonlySet<string>): void
  /** Whether a segment of it takes an id, or a physical network, that no other may have. */
  readonly exclusive: boolean
  /** Ids to choose from, by physical network (`''` for tunnels). */
  readonly ranges: ReadonlyMap<string, readonly IpRange[]>
  /** Whether the request says all there is to say. */
  isComplete(request: SegmentRequest): boolean
  /** The refusal when that segment is taken. */
  inUse(request: SegmentRequest): WireError
  /** The largest packet on that physical network; null: no limit of its own. */
  mtu(physicalNetwork: string | null): number | null
}

export interface Segment extends SegmentRequest {
  readonly id: string
}

/** An agent as it reported itself. */
export interface Agent {
  readonly agent_type: string
  readonly host: string
  readonly alive: boolean
  readonly configurations: { readonly [key: string]: unknown }
}

/** A port that wants to be plugged on a host. */
export interface PortToBind {
  readonly id: string
  readonly host: string
  readonly vnicType: string
  readonly profile: JsonObject
  /** The host's agent of that type, alive or not; null: none ever reported. */
  agent(type: string): Promise<Agent | null>
}

export interface MechanismDriver {
  readonly name: string
  /** The type of the agent that wires its ports. */
  readonly agentType: string
  readonly vnicTypes: readonly string[]
  bindPort(port: PortToBind, segments: readonly Segment[]): Promise<Verdict>
}

export type Verdict =
  | { readonly bound: true; readonly segment: Segment; readonly vif_type: string; readonly vif_details: JsonObject }
  | { readonly bound: false; readonly reason: string }

export function bind(segment: Segment, how: { readonly vif_type: string; readonly vif_details: JsonObject }): Verdict {
  return { bound: true, segment, ...how }
}

export function refuse(reason: string): Verdict {
  return { bound: false, reason }
}
