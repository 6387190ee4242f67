/**
 * Local VLANs: a number per network on this host, 1 to 4094, which is also its conntrack zone. What ports carry from
 * before is kept; a new network starts to look at a place of its own, so that a number just freed is not the next one
 * given out. Pure. Source: the reference of agents and RPC, §10.
 */
import { hash } from 'node:crypto'
import { OperatingError } from '#base/errors.ts'
import type { Plugged, Segment } from './state.ts'

const COUNT = 4094

/** A network's segment as one text: what a local VLAN stands for. */
export function segmentKey({ network_id, network_type, physical_network, segmentation_id }: Segment): string {
  return `${network_id} ${network_type} ${physical_network ?? ''} ${segmentation_id ?? ''}`
}

/** As ports carry it in other_config; upstream's keys and words. */
export function segmentConfig(segment: Segment, vlan: number): { readonly [key: string]: string } {
  return {
    net_uuid: segment.network_id,
    network_type: segment.network_type,
    physical_network: String(segment.physical_network ?? 'None'),
    ...(segment.segmentation_id !== null && { segmentation_id: String(segment.segmentation_id) }),
    tag: String(vlan),
  }
}

/** The local VLANs that ports carry from before, by segment; the first of two that claim one number has it. */
export function carriedVlans(ports: readonly Plugged[]): Map<string, number> {
  const vlans = new Map<string, number>()
  const taken = new Set<number>()
  for (const { other_config } of ports) {
    const vlan = Number(other_config.tag)
    if (other_config.net_uuid === undefined || !(vlan >= 1 && vlan <= COUNT) || taken.has(vlan)) continue
    const key = segmentKey({
      network_id: other_config.net_uuid,
      network_type: other_config.network_type ?? '',
      physical_network: other_config.physical_network === 'None' ? null : (other_config.physical_network ?? null),
      segmentation_id: other_config.segmentation_id === undefined ? null : Number(other_config.segmentation_id),
    })
    if (vlans.has(key)) continue
    vlans.set(key, vlan)
    taken.add(vlan)
  }
  return vlans
}

/** One for each segment: what it had, or one that is free. @throws OperatingError when there are more than numbers. */
export function allotVlans(segments: readonly Segment[], had: ReadonlyMap<string, number>): Map<string, number> {
  const keys = [...new Set(segments.map(segmentKey))]
  const vlans = new Map(keys.flatMap((key) => (had.has(key) ? [[key, had.get(key)!] as const] : [])))
  const taken = new Set(vlans.values())
  for (const key of keys) {
    if (vlans.has(key)) continue
    if (taken.size >= COUNT) throw new OperatingError(`more than ${COUNT} networks on this host: no local VLAN is left`)
    let vlan = (Number.parseInt(hash('sha1', key).slice(0, 8), 16) % COUNT) + 1
    while (taken.has(vlan)) vlan = (vlan % COUNT) + 1
    vlans.set(key, vlan)
    taken.add(vlan)
  }
  return vlans
}
