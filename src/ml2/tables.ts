/** How networks are carried, which ids are taken, and how ports are bound. */
import type { JsonObject } from '#base/json.ts'
import { type StandardRow, standardKinds, type TaggedRow, taggedKinds } from '#store/standard.ts'
import { table } from '#store/store.ts'

/** One way a network is carried; a network may have several. What `/segments` shows is kept for every one. */
export interface NetworkSegment {
  readonly id: string
  readonly network_id: string
  readonly network_type: string
  readonly physical_network: string | null
  readonly segmentation_id: number | null
  readonly segment_index: number
  readonly name: string | null
  readonly description: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly revision_number: number
}

export const networkSegments = table<NetworkSegment>('network_segments', {
  id: 'text',
  network_id: 'text',
  network_type: 'text',
  physical_network: 'text',
  segmentation_id: 'integer',
  segment_index: 'integer',
  name: 'text',
  description: 'text',
  created_at: 'text',
  updated_at: 'text',
  revision_number: 'integer',
})

/** An id that a segment has; its key decides who. */
export interface SegmentId {
  readonly network_type: string
  /** Empty for tunnels. */
  readonly physical_network: string
  /** Zero for flat networks. */
  readonly segmentation_id: number
  readonly segment_id: string
}

export const segmentIds = table<SegmentId>('segment_ids', {
  network_type: 'text',
  physical_network: 'text',
  segmentation_id: 'integer',
  segment_id: 'text',
})

/** Ids that networks may be given: of all projects, or of one. Served by services/network_segment_range. */
export interface NetworkSegmentRange extends StandardRow, TaggedRow {
  /** Made of the configuration. */
  default: boolean
  shared: boolean
  network_type: string
  physical_network: string | null
  minimum: number
  maximum: number
}

export const networkSegmentRanges = table<NetworkSegmentRange>('network_segment_ranges', {
  ...standardKinds,
  ...taggedKinds,
  default: 'boolean',
  shared: 'boolean',
  network_type: 'text',
  physical_network: 'text',
  minimum: 'integer',
  maximum: 'integer',
})

/** Which driver bound a port on which segment. Only bound ports have one. */
export interface BindingLevel {
  readonly port_id: string
  readonly host: string
  readonly level: number
  readonly driver: string
  readonly segment_id: string
}

export const bindingLevels = table<BindingLevel>('port_binding_levels', {
  port_id: 'text',
  host: 'text',
  level: 'integer',
  driver: 'text',
  segment_id: 'text',
})

/**
 * A host that an instance's port is, or may come to be, plugged on. The ACTIVE one repeats what the port's `binding:*`
 * columns say; the others wait for a migration.
 */
export interface PortBinding {
  id: string
  port_id: string
  project_id: string | null
  host: string
  vif_type: string
  vif_details: JsonObject
  vnic_type: string
  profile: JsonObject
  status: 'ACTIVE' | 'INACTIVE'
}

export const portBindings = table<PortBinding>('port_bindings', {
  id: 'text',
  port_id: 'text',
  project_id: 'text',
  host: 'text',
  vif_type: 'text',
  vif_details: 'json',
  vnic_type: 'text',
  profile: 'json',
  status: 'text',
})
