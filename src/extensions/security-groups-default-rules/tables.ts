/** Templates of rules as rows. Imports nothing of security groups, which read it. */
import type { OwnedRow } from '#store/standard.ts'
import { table } from '#store/store.ts'

/** In `remote_group_id`: the group that the rule is made in. */
export const PARENT = 'PARENT'

/** What a rule lets through, in a group or in a template. */
export interface RuleMatch {
  /** A group's id; `PARENT` in a template. */
  remote_group_id: string | null
  remote_address_group_id: string | null
  direction: 'ingress' | 'egress'
  ethertype: 'IPv4' | 'IPv6'
  protocol: string | null
  port_range_min: number | null
  port_range_max: number | null
  remote_ip_prefix: string | null
}

export const ruleMatchKinds = {
  remote_group_id: 'text',
  remote_address_group_id: 'text',
  direction: 'text',
  ethertype: 'text',
  protocol: 'text',
  port_range_min: 'integer',
  port_range_max: 'integer',
  remote_ip_prefix: 'text',
} as const

export interface DefaultSecurityGroupRule extends Omit<OwnedRow, 'project_id'>, RuleMatch {
  used_in_default_sg: boolean
  used_in_non_default_sg: boolean
  /** What the rule means, where it is used: unique among those used there. */
  default_key: string | null
  non_default_key: string | null
}

export const defaultSecurityGroupRules = table<DefaultSecurityGroupRule>('default_security_group_rules', {
  id: 'text',
  description: 'text',
  created_at: 'text',
  updated_at: 'text',
  revision_number: 'integer',
  ...ruleMatchKinds,
  used_in_default_sg: 'boolean',
  used_in_non_default_sg: 'boolean',
  default_key: 'text',
  non_default_key: 'text',
})
