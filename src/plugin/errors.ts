/** Wire errors of what holds for every resource's rows: revisions, quotas and sharing. Source: Networking API v2.0, "Faults". */
import { errorType } from '#base/errors.ts'

export const RevisionNumberConstraintFailed = errorType(
  'RevisionNumberConstraintFailed',
  412,
  'Constrained to %(expected)s, but current revision is %(current)s',
)
export const OverQuota = errorType('OverQuota', 409, 'Quota exceeded for resources: %(overs)s.')
export const RbacPolicyInUse = errorType(
  'RbacPolicyInUse',
  409,
  'RBAC policy on object %(object_id)s cannot be removed because other objects depend on it.\nDetails: %(details)s',
)
export const NotAuthorized = errorType('NotAuthorized', 403, 'Not authorized.')
