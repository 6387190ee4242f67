/**
 * Rules that every feature's rules are made of: the personas and who owns what. A policy file may override each.
 * Source: the personas of OpenStack's consistent and secure RBAC; Neutron's base policies.
 */
import type { PolicyRule } from './policy.ts'

export const baseRules: readonly PolicyRule[] = [
  { name: 'context_is_admin', rule: 'role:admin' },
  { name: 'context_with_global_access', rule: '!' },
  { name: 'service_api', rule: 'role:service' },
  { name: 'context_is_advsvc', rule: 'role:advsvc' },
  { name: 'admin_only', rule: 'rule:context_is_admin' },
  { name: 'regular_user', rule: '' },

  { name: 'owner', rule: 'project_id:%(project_id)s' },
  { name: 'admin_or_owner', rule: 'rule:context_is_admin or rule:owner' },
  { name: 'project_manager', rule: 'role:manager and rule:owner' },
  { name: 'project_member', rule: 'role:member and rule:owner' },
  { name: 'project_reader', rule: 'role:reader and rule:owner' },
  { name: 'admin_or_project_manager', rule: 'rule:context_is_admin or rule:project_manager' },
  { name: 'admin_or_project_member', rule: 'rule:context_is_admin or rule:project_member' },
  { name: 'admin_or_project_reader', rule: 'rule:context_is_admin or rule:project_reader' },

  { name: 'network_owner', rule: 'project_id:%(network:project_id)s' },
  { name: 'admin_or_network_owner', rule: 'rule:context_is_admin or rule:network_owner' },
  { name: 'admin_owner_or_network_owner', rule: 'rule:owner or rule:admin_or_network_owner' },
  { name: 'network_owner_member', rule: 'role:member and rule:network_owner' },
  { name: 'network_owner_reader', rule: 'role:reader and rule:network_owner' },
  { name: 'admin_or_network_owner_member', rule: 'rule:context_is_admin or rule:network_owner_member' },
  { name: 'admin_or_network_owner_reader', rule: 'rule:context_is_admin or rule:network_owner_reader' },

  { name: 'ext_parent_owner', rule: 'project_id:%(ext_parent:project_id)s' },
  { name: 'admin_or_ext_parent_owner', rule: 'rule:context_is_admin or rule:ext_parent_owner' },
  { name: 'ext_parent_owner_member', rule: 'role:member and rule:ext_parent_owner' },
  { name: 'ext_parent_owner_reader', rule: 'role:reader and rule:ext_parent_owner' },
  { name: 'sg_owner', rule: 'project_id:%(security_group:project_id)s' },
  { name: 'admin_or_sg_owner', rule: 'rule:context_is_admin or rule:sg_owner' },
  { name: 'admin_owner_or_sg_owner', rule: 'rule:owner or rule:admin_or_sg_owner' },
  { name: 'sg_owner_member', rule: 'role:member and rule:sg_owner' },
  { name: 'sg_owner_reader', rule: 'role:reader and rule:sg_owner' },

  { name: 'shared', rule: 'field:networks:shared=True' },
  { name: 'external', rule: 'field:networks:router:external=True' },
  { name: 'network_device', rule: 'field:port:device_owner=~^network:' },

  { name: 'default', rule: 'rule:admin_or_owner' },
]
