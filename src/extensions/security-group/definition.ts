/**
 * `security_group` and `security_group_rule` as data, and the port attribute `security_groups`.
 * Source: Networking API v2.0, "Security groups" and "Security group rules".
 */
import { defineExtension, identity, type ResourceDefinition, standard, tagged } from '#resource/definition.ts'
import { description, ethertype, groupName, ipPrefix, port, protocol } from './values.ts'

export { checkedRule, type RuleMeaning, ruleKey } from './rules.ts'

const { id, project_id } = identity

/** The rules of groups; extensions/security-groups-default-rules has the same attributes. */
export const groupRules = {
  name: 'security_group_rule',
  collection: 'security_group_rules',
  methods: ['list', 'show', 'create', 'delete'],
  notFound: { type: 'SecurityGroupRuleNotFound', text: 'Security group rule %(id)s does not exist' },
  quota: { default: 100 },
  attributes: {
    id,
    project_id,
    ...standard,
    description: { ...standard.description, type: { check: description }, allow: 'post' },
    security_group_id: { type: { string: { max: 36 } }, allow: 'post', query: 'filter sort' },
    remote_group_id: { type: 'string?', allow: 'post', default: null, query: 'filter sort' },
    remote_address_group_id: { type: 'string?', allow: 'post', default: null, query: 'filter sort' },
    direction: { type: { values: ['ingress', 'egress'] }, allow: 'post', query: 'filter sort' },
    protocol: { type: { check: protocol }, allow: 'post', default: null, query: 'filter sort' },
    port_range_min: { type: { check: port }, allow: 'post', default: null, query: 'filter sort' },
    port_range_max: { type: { check: port }, allow: 'post', default: null, query: 'filter sort' },
    ethertype: { type: { check: ethertype }, allow: 'post', default: 'IPv4', query: 'filter sort' },
    remote_ip_prefix: { type: { check: ipPrefix }, allow: 'post', default: null, query: 'filter sort' },
    normalized_cidr: { type: 'cidr?', query: 'filter sort', help: 'remote_ip_prefix without its host bits.' },
    belongs_to_default_sg: { type: 'boolean?', query: 'filter' },
  },
} as const satisfies ResourceDefinition

export default defineExtension({
  alias: 'security-group',
  name: 'security-group',
  description: 'The security groups extension.',
  updated: '2012-10-05T10:00:00-00:00',
  requires: ['port', 'port-security', 'allowed-address-pairs'],

  resources: [
    {
      name: 'security_group',
      collection: 'security_groups',
      notFound: { type: 'SecurityGroupNotFound', text: 'Security group %(id)s does not exist' },
      quota: { default: 10 },
      attributes: {
        id,
        name: { type: { check: groupName }, allow: 'post put', default: '', query: 'filter sort' },
        project_id,
        ...standard,
        ...tagged,
        security_group_rules: { type: 'any', help: 'The rules of the group.' },
        shared: {
          type: 'boolean',
          query: 'filter',
          granted: { object: 'security_group', action: 'access_as_shared' },
          help: "Whether an entry lets the caller's project use the group.",
        },
      },
    },
    groupRules,
  ],

  extends: {
    port: {
      security_groups: {
        type: { list: 'uuid', unique: true, nullable: true },
        allow: 'post put',
        optional: true,
        query: 'filter',
        help: "Not sent: the project's default group; empty: none.",
      },
    },
  },

  announces: [
    {
      alias: 'port-security-groups-filtering',
      name: 'Port filtering on security groups',
      description: 'Provides security groups filtering when listing ports',
      updated: '2018-01-09T09:00:00-00:00',
    },
    {
      alias: 'security-groups-shared-filtering',
      name: 'Security group filtering on the shared field',
      description: 'Support filtering security groups on the shared field',
      updated: '2021-10-05T09:00:00-00:00',
    },
    {
      alias: 'security-groups-normalized-cidr',
      name: 'Normalized CIDR field for security group rules',
      description: 'Add new field with normalized remote_ip_prefix cidr in SG rule',
      updated: '2020-07-28T10:00:00-00:00',
    },
    {
      alias: 'security-groups-rules-belongs-to-default-sg',
      name: "Security group rule belongs to the project's default security group",
      description: "Flag to determine if the security group rule belongs to the project's default security group",
      updated: '2023-05-23T10:00:00-00:00',
    },
  ],
})
