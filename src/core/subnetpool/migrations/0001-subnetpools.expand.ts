/** Subnet pools, and the index by which a pool's subnets are found. */
import {
  addColumns,
  boolean,
  createTable,
  defineMigration,
  integer,
  json,
  standardColumns,
  uuid,
} from '#store/schema.ts'

export default defineMigration(
  createTable('subnetpools', {
    columns: {
      ...standardColumns,
      ip_version: integer(),
      prefixes: json(),
      default_quota: integer({ nullable: true }),
      default_prefixlen: integer(),
      min_prefixlen: integer(),
      max_prefixlen: integer(),
      is_default: boolean({ default: false }),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name'], ['is_default']],
  }),
  createTable('default_subnetpools', {
    columns: { ip_version: integer(), subnetpool_id: uuid() },
    primaryKey: ['ip_version'],
  }),
  addColumns('subnets', {}, [['subnetpool_id']]),
)
