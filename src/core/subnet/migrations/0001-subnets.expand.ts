/** Subnets. A network with subnets cannot be deleted under them. */
import { boolean, createTable, defineMigration, integer, json, standardColumns, token, uuid } from '#store/schema.ts'

export default defineMigration(
  createTable('subnets', {
    columns: {
      ...standardColumns,
      network_id: uuid(),
      ip_version: integer(),
      cidr: token(64),
      subnetpool_id: uuid({ nullable: true }),
      gateway_ip: token(64, { nullable: true }),
      allocation_pools: json(),
      dns_nameservers: json(),
      host_routes: json(),
      enable_dhcp: boolean({ default: true }),
      ipv6_ra_mode: token(16, { nullable: true }),
      ipv6_address_mode: token(16, { nullable: true }),
      service_types: json(),
    },
    primaryKey: ['id'],
    indexes: [['project_id'], ['network_id'], ['name']],
    references: [{ column: 'network_id', table: 'networks', onDelete: 'restrict' }],
  }),
)
