/**
 * Ports, their MAC addresses, IP addresses and provisioning blocks. Addresses are inserted before their port, because
 * they decide what the port will have; so they refer to the network and the subnet, never to the port.
 */
import { boolean, createTable, defineMigration, json, standardColumns, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('ports', {
    columns: {
      ...standardColumns,
      network_id: uuid(),
      mac_address: token(32),
      admin_state_up: boolean({ default: true }),
      status: token(16),
      device_id: token(255, { default: '' }),
      device_owner: token(255, { default: '' }),
      fixed_ips: json(),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name'], ['network_id', 'device_owner'], ['device_id'], ['mac_address']],
    coarse: ['status', 'device_owner'],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'restrict' }],
  }),
  createTable('port_macs', {
    columns: { network_id: uuid(), mac_address: token(32), port_id: uuid() },
    primaryKey: ['network_id', 'mac_address'],
    indexes: [['port_id']],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'restrict' }],
  }),
  createTable('ip_allocations', {
    columns: { port_id: uuid(), network_id: uuid(), subnet_id: uuid(), ip_address: token(64), sort_key: token(32) },
    primaryKey: ['subnet_id', 'sort_key'],
    indexes: [['port_id'], ['ip_address'], ['network_id']],
    references: [{ column: 'subnet_id', table: 'subnets', onDelete: 'restrict' }],
  }),
  createTable('provisioning_blocks', {
    columns: { port_id: uuid(), entity: token(16) },
    primaryKey: ['port_id', 'entity'],
  }),
)
