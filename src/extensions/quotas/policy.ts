/** Who may read and set quotas. A project's own limits are open to its members. Source: Neutron's quota policies. */
export default [
  { name: 'get_quota', rule: 'rule:admin_or_project_manager' },
  { name: 'update_quota', rule: 'rule:admin_only' },
  { name: 'delete_quota', rule: 'rule:admin_only' },
]
