/** Names of ports, domains of networks and ports, and the subnets that are to be published. */
import { addColumns, boolean, defineMigration, string } from '#store/schema.ts'

export default defineMigration(
  addColumns('ports', { dns_name: string(255, { default: '' }), dns_domain: string(255, { default: '' }) }),
  addColumns('networks', { dns_domain: string(255, { default: '' }) }),
  addColumns('subnets', { dns_publish_fixed_ip: boolean({ default: false }) }),
)
