/**
 * Templates of rules, and the four that there have always been: everything out of every group, into a default group
 * what comes from the group itself. The keys are `ruleKey` of the rules.
 */
import {
  boolean,
  createTable,
  defineMigration,
  insertRows,
  integer,
  standardColumns,
  token,
  uuid,
} from '#store/schema.ts'

const { name: _name, project_id: _project, ...standard } = standardColumns
const AT = '1970-01-01T00:00:00Z'

const standardRule = (number: number, direction: 'egress' | 'ingress', ethertype: 'IPv4' | 'IPv6') => {
  const everywhere = direction === 'egress'
  const key = `${direction}_${ethertype}_+_+_+_${everywhere ? '+' : 'PARENT'}_+_+`
  return {
    id: `00000000-0000-4000-a000-00000000000${number}`,
    description: `Legacy default SG rule for ${direction} traffic`,
    created_at: AT,
    updated_at: AT,
    direction,
    ethertype,
    remote_group_id: everywhere ? null : 'PARENT',
    used_in_default_sg: true,
    used_in_non_default_sg: everywhere,
    default_key: key,
    non_default_key: everywhere ? key : null,
  }
}

export default defineMigration(
  createTable('default_security_group_rules', {
    columns: {
      ...standard,
      remote_group_id: uuid({ nullable: true }),
      remote_address_group_id: uuid({ nullable: true }),
      direction: token(7),
      ethertype: token(4),
      protocol: token(40, { nullable: true }),
      port_range_min: integer({ nullable: true }),
      port_range_max: integer({ nullable: true }),
      remote_ip_prefix: token(64, { nullable: true }),
      used_in_default_sg: boolean({ default: false }),
      used_in_non_default_sg: boolean({ default: false }),
      default_key: token(250, { nullable: true }),
      non_default_key: token(250, { nullable: true }),
    },
    primaryKey: ['id'],
    unique: [['default_key'], ['non_default_key']],
  }),
  insertRows('default_security_group_rules', [
    standardRule(1, 'egress', 'IPv4'),
    standardRule(2, 'egress', 'IPv6'),
    standardRule(3, 'ingress', 'IPv4'),
    standardRule(4, 'ingress', 'IPv6'),
  ]),
)
