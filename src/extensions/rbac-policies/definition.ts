/** `rbac-policies` as data. Source: Networking API v2.0, "RBAC Policies". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'rbac-policies',
  name: 'RBAC Policies',
  description: 'Allows creation and modification of policies that control tenant access to resources.',
  updated: '2015-06-17T12:15:12-00:00',
  requires: ['network'],
  unlisted: true,
})
