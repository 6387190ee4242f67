/** Port forwardings. Ranges cannot be a key: the rows of the floating IP and of the port are locked to decide races. */
import { createTable, defineMigration, integer, string, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('port_forwardings', {
    columns: {
      id: uuid(),
      description: string(255),
      floatingip_id: uuid(),
      protocol: token(16),
      external_port: integer({ nullable: true }),
      external_port_range: token(16),
      internal_port_id: uuid(),
      internal_ip_address: token(64),
      internal_port: integer({ nullable: true }),
      internal_port_range: token(16),
    },
    primaryKey: ['id'],
    unique: [['floatingip_id', 'protocol', 'external_port_range']],
    indexes: [['internal_port_id']],
    references: [
      { column: 'floatingip_id', table: 'floatingips', onDelete: 'restrict' },
      { column: 'internal_port_id', table: 'ports', onDelete: 'cascade' },
    ],
  }),
)
