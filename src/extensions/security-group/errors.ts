/** Errors of security groups. Source: upstream's types and texts. */
import { errorType } from '#base/errors.ts'

export const SecurityGroupNotFound = errorType('SecurityGroupNotFound', 404, 'Security group %(id)s does not exist')
export const SecurityGroupInUse = errorType('SecurityGroupInUse', 409, 'Security Group %(id)s in use.')
export const SecurityGroupCannotRemoveDefault = errorType(
  'SecurityGroupCannotRemoveDefault',
  409,
  'Insufficient rights for removing default security group.',
)
export const SecurityGroupCannotUpdateDefault = errorType(
  'SecurityGroupCannotUpdateDefault',
  409,
  'Updating default security group not allowed.',
)
export const SecurityGroupDefaultAlreadyExists = errorType(
  'SecurityGroupDefaultAlreadyExists',
  409,
  'Default security group already exists.',
)
export const SecurityGroupInvalidPortRange = errorType(
  'SecurityGroupInvalidPortRange',
  400,
  'For TCP/UDP protocols, port_range_min must be <= port_range_max',
)
export const SecurityGroupInvalidProtocolForPort = errorType(
  'SecurityGroupInvalidProtocolForPort',
  400,
  'Ports cannot be specified for protocol %(protocol)s. Ports are only supported for %(valid_port_protocols)s.',
)
export const SecurityGroupInvalidPortValue = errorType(
  'SecurityGroupInvalidPortValue',
  400,
  'Invalid value for port %(port)s',
)
export const SecurityGroupInvalidIcmpValue = errorType(
  'SecurityGroupInvalidIcmpValue',
  400,
  'Invalid value for ICMP %(field)s (%(attr)s) %(value)s. It must be 0 to 255.',
)
export const SecurityGroupEthertypeConflictWithProtocol = errorType(
  'SecurityGroupEthertypeConflictWithProtocol',
  400,
  'Invalid ethertype %(ethertype)s for protocol %(protocol)s.',
)
export const SecurityGroupMissingIcmpType = errorType(
  'SecurityGroupMissingIcmpType',
  400,
  'ICMP code (port-range-max) %(value)s is provided but ICMP type (port-range-min) is missing.',
)
export const SecurityGroupRuleInvalidProtocol = errorType(
  'SecurityGroupRuleInvalidProtocol',
  400,
  'Security group rule protocol %(protocol)s not supported. Only protocol values %(values)s and integer ' +
    'representations [0 to 255] are supported.',
)
export const SecurityGroupRulesNotSingleProject = errorType(
  'SecurityGroupRulesNotSingleProject',
  400,
  'Multiple project_ids in bulk security group rule create not allowed',
)
export const SecurityGroupMultipleRemoteEntites = errorType(
  'SecurityGroupMultipleRemoteEntites',
  400,
  'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
)
export const SecurityGroupProtocolRequiredWithPorts = errorType(
  'SecurityGroupProtocolRequiredWithPorts',
  400,
  'Must also specify protocol if port range is given.',
)
export const SecurityGroupNotSingleGroupRules = errorType(
  'SecurityGroupNotSingleGroupRules',
  400,
  'Only allowed to update rules for one security profile at a time',
)
export const DuplicateSecurityGroupRuleInPost = errorType(
  'DuplicateSecurityGroupRuleInPost',
  409,
  'Duplicate Security Group Rule in POST.',
)
export const SecurityGroupRuleExists = errorType(
  'SecurityGroupRuleExists',
  409,
  'Security group rule already exists. Rule id is %(rule_id)s.',
)
export const SecurityGroupRuleParameterConflict = errorType(
  'SecurityGroupRuleParameterConflict',
  400,
  'Conflicting value ethertype %(ethertype)s for CIDR %(cidr)s',
)
export const SecurityGroupRuleInvalidEtherType = errorType(
  'SecurityGroupRuleInvalidEtherType',
  400,
  "Security group rule for ethertype '%(ethertype)s' not supported. Allowed values are %(values)s.",
)
export const InvalidCIDR = errorType('InvalidCIDR', 400, 'Invalid CIDR %(input)s given as IP prefix.')
