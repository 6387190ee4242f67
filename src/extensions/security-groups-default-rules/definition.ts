/**
 * `default_security_group_rule` as data: the rules that new security groups begin with.
 * Source: Networking API v2.0, "Default security group rules"; what a rule may be is as for security group rules.
 */

import { groupRules } from '#extensions/security-group/definition.ts'
import { defineExtension, identity, standard } from '#resource/definition.ts'

const { attributes: rule } = groupRules
const remote = { string: { max: 36 }, nullable: true } as const
const flag = { type: 'boolean', allow: 'post', query: 'filter' } as const

export default defineExtension({
  alias: 'security-groups-default-rules',
  name: 'Default rules for security groups',
  description: 'Configure set of security group rules used as default rules for every new security group',
  updated: '2022-12-19T10:00:00-00:00',
  requires: ['security-group', 'standard-attr-description'],

  resources: [
    {
      name: 'default_security_group_rule',
      collection: 'default_security_group_rules',
      methods: ['list', 'show', 'create', 'delete'],
      notFound: {
        type: 'DefaultSecurityGroupRuleNotFound',
        text: 'Default Security Group rule %(id)s does not exist',
      },
      attributes: {
        id: identity.id,
        project_id: {
          type: 'string',
          allow: 'post',
          hidden: true,
          help: 'Taken, not kept: the rules are for all projects.',
        },
        ...standard,
        description: { type: { string: { max: 1024 } }, allow: 'post', default: '', query: 'filter' },
        remote_group_id: { ...rule.remote_group_id, type: remote, help: '`PARENT`: the group it is made in.' },
        remote_address_group_id: { ...rule.remote_address_group_id, type: remote },
        direction: rule.direction,
        protocol: rule.protocol,
        port_range_min: rule.port_range_min,
        port_range_max: rule.port_range_max,
        ethertype: rule.ethertype,
        remote_ip_prefix: rule.remote_ip_prefix,
        used_in_default_sg: { ...flag, help: "Whether projects' default groups begin with it." },
        used_in_non_default_sg: { ...flag, help: 'Whether all other groups begin with it.' },
      },
    },
  ],
})
