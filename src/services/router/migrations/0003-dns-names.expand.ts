/** Names of floating IPs. */
import { addColumns, defineMigration, string } from '#store/schema.ts'

export default defineMigration(
  addColumns('floatingips', { dns_name: string(255, { default: '' }), dns_domain: string(255, { default: '' }) }),
)
