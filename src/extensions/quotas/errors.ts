/** Wire errors of quotas. Source: Networking API v2.0, "Quotas extension". */
import { errorType } from '#base/errors.ts'

export const TenantQuotaNotFound = errorType(
  'TenantQuotaNotFound',
  404,
  'Quota for project %(tenant_id)s could not be found.',
)
export const QuotaMissingTenant = errorType('QuotaMissingTenant', 400, 'Tenant-id was missing from quota request.')
export const AdminRequired = errorType('AdminRequired', 403, 'User does not have admin privileges: %(reason)s.')
export const HTTPNotImplemented = errorType(
  'HTTPNotImplemented',
  501,
  'POST requests are not supported on this resource.',
)
