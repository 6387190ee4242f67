/** Security groups, their rules and members as rows. */

import { ports } from '#core/port/tables.ts'
import { type RuleMatch, ruleMatchKinds } from '#extensions/security-groups-default-rules/tables.ts'
import {
  type OwnedRow,
  ownedKinds,
  type StandardRow,
  standardKinds,
  type TaggedRow,
  taggedKinds,
} from '#store/standard.ts'
import { type Table, table, widen } from '#store/store.ts'

interface Base extends StandardRow, TaggedRow {
  is_default: boolean
}

export interface SecurityGroup extends Base {}

export const securityGroups = table<Base>('security_groups', {
  ...standardKinds,
  ...taggedKinds,
  is_default: 'boolean',
}) as Table<SecurityGroup>

export interface SecurityGroupRule extends OwnedRow, RuleMatch {
  security_group_id: string
  normalized_cidr: string | null
  belongs_to_default_sg: boolean
  /** Equal for rules that mean the same; unique within the group. */
  rule_key: string
}

export const securityGroupRules = table<SecurityGroupRule>('security_group_rules', {
  ...ownedKinds,
  security_group_id: 'text',
  ...ruleMatchKinds,
  normalized_cidr: 'text',
  belongs_to_default_sg: 'boolean',
  rule_key: 'text',
})

/** A project's default group: the key decides who makes it. */
export interface DefaultSecurityGroup {
  project_id: string
  security_group_id: string
}

export const defaultSecurityGroups = table<DefaultSecurityGroup>('default_security_groups', {
  project_id: 'text',
  security_group_id: 'text',
})

/** What `port.security_groups` says, for joins, filters and "in use". */
export interface PortSecurityGroup {
  port_id: string
  security_group_id: string
}

export const portSecurityGroups = table<PortSecurityGroup>('port_security_groups', {
  port_id: 'text',
  security_group_id: 'text',
})

declare module '#core/port/tables.ts' {
  interface Port {
    security_groups: readonly string[]
  }
}
widen(ports, { security_groups: 'json' })
