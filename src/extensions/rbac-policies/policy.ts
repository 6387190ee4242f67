/** Who may share what: members their project's objects, with projects they name. Source: upstream's default policies. */
const NOT_EVERYBODY = '(not field:rbac_policy:target_tenant=* and not field:rbac_policy:target_project=*)'

export default [
  { name: 'restrict_wildcard', rule: `${NOT_EVERYBODY} or rule:admin_only` },
  { name: 'create_rbac_policy', rule: 'rule:admin_or_project_member' },
  { name: 'create_rbac_policy:target_tenant', rule: `rule:admin_only or ${NOT_EVERYBODY}` },
  { name: 'get_rbac_policy', rule: 'rule:admin_or_project_reader' },
  { name: 'update_rbac_policy', rule: 'rule:admin_or_project_member' },
  { name: 'update_rbac_policy:target_tenant', rule: `rule:admin_only or ${NOT_EVERYBODY}` },
  { name: 'delete_rbac_policy', rule: 'rule:admin_or_project_member' },
]
