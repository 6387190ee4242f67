/** How a network is carried. */
import { addColumns, bigint, defineMigration, token } from '#store/schema.ts'

export default defineMigration(
  addColumns('networks', {
    'provider:network_type': token(32, { nullable: true }),
    'provider:physical_network': token(64, { nullable: true }),
    'provider:segmentation_id': bigint({ nullable: true }),
  }),
)
