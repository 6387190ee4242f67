/**
 * Routers, their ports, floating IPs and bindings to agents. The keys decide races: a port is one router's, a router on
 * one agent, and a fixed address has one floating IP of a network at most.
 */
import { boolean, createTable, defineMigration, json, standardColumns, string, token, uuid } from '#store/schema.ts'

const { name: _name, ...unnamed } = standardColumns

export default defineMigration(
  createTable('routers', {
    columns: {
      ...standardColumns,
      admin_state_up: boolean({ default: true }),
      status: token(16),
      gw_port_id: uuid({ nullable: true }),
      enable_snat: boolean({ default: true }),
      external_gateway_info: json({ nullable: true }),
      routes: json(),
      flavor_id: uuid({ nullable: true }),
      availability_zone_hints: json({ default: '[]' }),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name'], ['flavor_id']],
  }),
  createTable('router_ports', {
    columns: { port_id: uuid(), router_id: uuid(), port_type: string(255) },
    primaryKey: ['port_id'],
    indexes: [['router_id']],
    references: [
      { column: 'router_id', table: 'routers', onDelete: 'restrict' },
      { column: 'port_id', table: 'ports', onDelete: 'cascade' },
    ],
  }),
  createTable('floatingips', {
    columns: {
      ...unnamed,
      floating_network_id: uuid(),
      floating_ip_address: token(64),
      floating_port_id: uuid(),
      router_id: uuid({ nullable: true }),
      last_known_router_id: uuid({ nullable: true }),
      port_id: uuid({ nullable: true }),
      fixed_ip_address: token(64, { nullable: true }),
      status: token(16),
    },
    primaryKey: ['id'],
    unique: [['floating_network_id', 'port_id', 'fixed_ip_address']],
    indexes: [['project_id'], ['port_id'], ['router_id'], ['floating_ip_address'], ['floating_network_id']],
  }),
  createTable('router_l3_agent_bindings', {
    columns: { router_id: uuid(), agent_id: uuid() },
    primaryKey: ['router_id'],
    indexes: [['agent_id']],
    references: [
      { column: 'router_id', table: 'routers', onDelete: 'cascade' },
      { column: 'agent_id', table: 'agents', onDelete: 'cascade' },
    ],
  }),
)
