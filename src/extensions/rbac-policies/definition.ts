/** `rbac-policies` as data. Source: Networking API v2.0, "RBAC Policies". */
import { defineExtension, identity } from '#resource/definition.ts'

const { id } = identity

export default defineExtension({
  alias: 'rbac-policies',
  name: 'RBAC Policies',
  description: 'Allows creation and modification of policies that control tenant access to resources.',
  updated: '2015-06-17T12:15:12-00:00',
  requires: ['network', 'external-net', 'subnet_allocation', 'address-scope', 'security-group', 'address-group'],

  resources: [
    {
      name: 'rbac_policy',
      collection: 'rbac_policies',
      notFound: { type: 'RbacPolicyNotFound', text: 'RBAC policy of type unknown with ID %(id)s not found' },
      quota: { default: 10 },
      attributes: {
        id: { ...id, query: 'filter' },
        object_id: { type: 'uuid', allow: 'post', query: 'filter', policy: 'enforce' },
        object_type: {
          type: 'string',
          allow: 'post',
          query: 'filter',
          policy: 'enforce',
          help: 'What the object is: a resource that has `shared` or `router:external`.',
        },
        target_tenant: {
          type: 'string',
          allow: 'post put',
          query: 'filter',
          policy: 'enforce',
          help: 'The project it is for; `*`: every project, which only administrators say.',
        },
        project_id: { type: 'string', allow: 'post', query: 'filter' },
        action: {
          type: 'string',
          allow: 'post',
          query: 'filter',
          policy: 'enforce',
          help: '`access_as_shared`; for networks also `access_as_external`.',
        },
      },
    },
  ],

  announces: [
    {
      alias: 'rbac-subnetpool',
      name: 'Add subnetpool type to RBAC',
      description: 'Add subnetpool type to RBAC',
      updated: '2020-02-05T00:00:00-00:00',
    },
    {
      alias: 'rbac-address-scope',
      name: 'Add address_scope type to RBAC',
      description: 'Add address_scope type to RBAC',
      updated: '2020-02-12T00:00:00-00:00',
    },
    {
      alias: 'rbac-security-groups',
      name: 'Add security_group type to network RBAC',
      description: 'Add security_group type to network RBAC',
      updated: '2019-02-14T00:00:00-00:00',
    },
    {
      alias: 'rbac-address-group',
      name: 'Add address_group type to RBAC',
      description: 'Add address_group type to network RBAC',
      updated: '2021-01-20T00:00:00-00:00',
    },
  ],
})
