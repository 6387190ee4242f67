/** Addresses at which hosts end tunnels. */
import { createTable, defineMigration, integer, token } from '#store/schema.ts'

export default defineMigration(
  createTable('tunnel_endpoints', {
    columns: {
      tunnel_type: token(16),
      ip_address: token(64),
      host: token(255),
      udp_port: integer({ nullable: true }),
    },
    primaryKey: ['tunnel_type', 'ip_address'],
    indexes: [['tunnel_type', 'host']],
  }),
)
