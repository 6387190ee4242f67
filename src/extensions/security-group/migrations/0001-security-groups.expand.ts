/** Security groups, rules, default groups and members; the port column that shows them. */
import {
  addColumns,
  boolean,
  createTable,
  defineMigration,
  integer,
  json,
  standardColumns,
  token,
  uuid,
} from '#store/schema.ts'

const { name: _name, ...withoutName } = standardColumns

export default defineMigration(
  createTable('security_groups', {
    columns: { ...standardColumns, is_default: boolean({ default: false }) },
    primaryKey: ['id'],
    indexes: [['project_id'], ['name']],
  }),
  createTable('security_group_rules', {
    columns: {
      ...withoutName,
      security_group_id: uuid(),
      remote_group_id: uuid({ nullable: true }),
      remote_address_group_id: uuid({ nullable: true }),
      direction: token(7),
      ethertype: token(4),
      protocol: token(40, { nullable: true }),
      port_range_min: integer({ nullable: true }),
      port_range_max: integer({ nullable: true }),
      remote_ip_prefix: token(64, { nullable: true }),
      normalized_cidr: token(64, { nullable: true }),
      belongs_to_default_sg: boolean({ default: false }),
      rule_key: token(250),
    },
    primaryKey: ['id'],
    unique: [['security_group_id', 'rule_key']],
    indexes: [['project_id'], ['remote_group_id'], ['remote_address_group_id']],
    references: [
      { column: 'security_group_id', table: 'security_groups', onDelete: 'cascade' },
      { column: 'remote_group_id', table: 'security_groups', onDelete: 'cascade' },
    ],
  }),
  // Its row is written before the group's: the key decides who makes the group.
  createTable('default_security_groups', {
    columns: { project_id: token(255), security_group_id: uuid() },
    primaryKey: ['project_id'],
    indexes: [['security_group_id']],
  }),
  createTable('port_security_groups', {
    columns: { port_id: uuid(), security_group_id: uuid() },
    primaryKey: ['port_id', 'security_group_id'],
    indexes: [['security_group_id']],
    references: [
      { column: 'port_id', table: 'ports', onDelete: 'cascade' },
      { column: 'security_group_id', table: 'security_groups', onDelete: 'restrict' },
    ],
  }),
  addColumns('ports', { security_groups: json({ nullable: true }) }),
)
