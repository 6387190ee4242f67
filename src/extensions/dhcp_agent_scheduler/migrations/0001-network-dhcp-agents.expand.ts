/** Which DHCP agents serve a network. */
import { createTable, defineMigration, integer, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('network_dhcp_agents', {
    columns: { network_id: uuid(), dhcp_agent_id: uuid(), binding_index: integer() },
    primaryKey: ['network_id', 'dhcp_agent_id'],
    unique: [['network_id', 'binding_index']],
    indexes: [['dhcp_agent_id']],
    references: [
      { column: 'network_id', table: 'networks', onDelete: 'cascade' },
      { column: 'dhcp_agent_id', table: 'agents', onDelete: 'cascade' },
    ],
  }),
)
