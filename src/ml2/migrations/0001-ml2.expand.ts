/**
 * Segments, the ids they take, and binding levels. Ids are taken and levels written before the network or port they
 * belong to, so they do not refer to it; the plugin removes them with it.
 */
import { bigint, createTable, defineMigration, integer, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('network_segments', {
    columns: {
      id: uuid(),
      network_id: uuid(),
      network_type: token(32),
      physical_network: token(64, { nullable: true }),
      segmentation_id: bigint({ nullable: true }),
      segment_index: integer({ default: 0 }),
      name: string(255, { nullable: true }),
      description: string(1024, { nullable: true }),
      created_at: token(20),
      updated_at: token(20),
      revision_number: integer({ default: 0 }),
    },
    primaryKey: ['id'],
    unique: [['network_id', 'network_type', 'physical_network']],
    indexes: [['network_id', 'segment_index']],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'cascade' }],
  }),
  createTable('segment_ids', {
    columns: {
      network_type: token(32),
      physical_network: token(64),
      segmentation_id: bigint(),
      segment_id: uuid(),
    },
    primaryKey: ['network_type', 'physical_network', 'segmentation_id'],
    indexes: [['segment_id']],
  }),
  createTable('port_binding_levels', {
    columns: { port_id: uuid(), host: token(255), level: integer(), driver: token(64), segment_id: uuid() },
    primaryKey: ['port_id', 'host', 'level'],
    indexes: [['segment_id']],
  }),
)
