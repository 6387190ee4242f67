/** Which ids networks may be given. */
import { bigint, boolean, createTable, defineMigration, standardColumns, taggedColumns, token } from '#store/schema.ts'

export default defineMigration(
  createTable('network_segment_ranges', {
    columns: {
      ...standardColumns,
      ...taggedColumns,
      default: boolean({ default: false }),
      shared: boolean({ default: true }),
      network_type: token(32),
      physical_network: token(64, { nullable: true }),
      minimum: bigint(),
      maximum: bigint(),
    },
    primaryKey: ['id'],
    indexes: [['network_type']],
  }),
)
