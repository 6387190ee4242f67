/** Which segment a subnet belongs to, and when a port gets its addresses. */
import { addColumns, defineMigration, token, uuid } from '#store/schema.ts'

export default defineMigration(
  addColumns('subnets', { segment_id: uuid({ nullable: true }) }),
  addColumns('ports', { ip_allocation: token(16, { default: 'immediate' }) }),
)
