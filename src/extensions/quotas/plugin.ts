/**
 * The quotas API: limits by project, read, set, taken back, and compared with what is used. Enforcing them when
 * something is created is the machine's work (plugin/quota.ts).
 * Source: Networking API v2.0, "Quotas extension"; a limit below what is used is refused unless `force` is true.
 */
import { isJsonObject, type JsonObject } from '#base/json.ts'
import { TRUE } from '#base/predicate.ts'
import { definePlugin, type PluginHost, type RouteReply, type RouteRequest } from '#plugin/plugin.ts'
import { quotas as table } from '#plugin/quota.ts'
import { HTTPBadRequest } from '#resource/errors.ts'
import api from './definition.ts'
import { AdminRequired, HTTPNotImplemented, QuotaMissingTenant, TenantQuotaNotFound } from './errors.ts'
import { readLimits } from './limits.ts'

type Host = Pick<PluginHost, 'store' | 'quotas'>

export default definePlugin({
  api,
  start(host) {
    const { route } = host
    const path = '/quotas/{project_id}'
    route('GET', '/quotas', (request) => listQuotas(host, request), 'Projects that have limits of their own')
    const refuse = () => Promise.reject(HTTPNotImplemented())
    route('POST', '/quotas', refuse, 'Not implemented: limits are set by `PUT`')
    route(
      'GET',
      '/quotas/tenant',
      async (request) => whoAmI(request, 'tenant'),
      'The project the token is for, by its old name',
    )
    route('GET', '/quotas/project', async (request) => whoAmI(request, 'project'), 'The project the token is for')
    route('GET', path, (request) => showQuota(host, request), 'The limits of a project')
    route('PUT', path, (request) => setQuota(host, request), 'Set limits of a project; `force` also below what it has')
    route('DELETE', path, (request) => deleteQuota(host, request), 'Back to the default limits')
    route(
      'GET',
      `${path}/default`,
      (request) => showDefaults(host, request),
      'The limits a project has without its own',
    )
    route('GET', `${path}/details`, (request) => showDetails(host, request), 'Limits of a project, and what it has')
  },
})

/** Only projects with limits of their own are listed. */
async function listQuotas({ store, quotas }: Host, { enforce }: RouteRequest): Promise<RouteReply> {
  await enforce('get_quota', { project_id: null })
  const rows = await store.read((tx) => tx.select(table, { where: TRUE }))
  const known = rows.filter(({ resource }) => quotas.names().includes(resource))
  const projects = Map.groupBy(known, ({ project_id }) => project_id)
  const list = [...projects].map(([projectId, set]) => ({
    ...quotas.defaults(),
    ...Object.fromEntries(set.map(({ resource, limit }) => [resource, limit])),
    tenant_id: projectId,
    project_id: projectId,
  }))
  return { status: 200, body: { quotas: list } }
}

/** An odd old call: clients ask which project their token is for. */
function whoAmI({ context }: RouteRequest, key: 'tenant' | 'project'): RouteReply {
  if (!context.projectId) throw QuotaMissingTenant()
  return { status: 200, body: { [key]: { [`${key}_id`]: context.projectId } } }
}

async function showQuota({ store, quotas }: Host, request: RouteRequest): Promise<RouteReply> {
  const projectId = await readableProject(request)
  return { status: 200, body: { quota: await store.read((tx) => quotas.limits(tx, projectId)) } }
}

async function showDefaults({ quotas }: Host, request: RouteRequest): Promise<RouteReply> {
  await readableProject(request)
  return { status: 200, body: { quota: quotas.defaults() } }
}

async function showDetails({ store, quotas }: Host, { context, params }: RouteRequest): Promise<RouteReply> {
  const projectId = params.project_id!
  if (projectId !== context.projectId && !context.isAdmin) {
    throw AdminRequired({ reason: 'Only admin is authorized to access quotas for another project' })
  }
  const [limits, used] = await store.read(async (tx) => [
    await quotas.limits(tx, projectId),
    await quotas.usage(tx, projectId, quotas.names()),
  ])
  const details = Object.entries(limits).map(([name, limit]) => [name, { limit, used: used[name] ?? 0, reserved: 0 }])
  return { status: 200, body: { quota: Object.fromEntries(details) as JsonObject } }
}

async function setQuota({ store, quotas }: Host, request: RouteRequest): Promise<RouteReply> {
  const projectId = request.params.project_id!
  await request.enforce('update_quota', { project_id: projectId })
  const sent = request.body?.quota ?? null
  if (sent === null) throw HTTPBadRequest({ message: "Unable to find 'quota' in request body" })
  if (!isJsonObject(sent)) throw HTTPBadRequest({ message: "Object 'quota' contains invalid data" })
  const { force, check_limit: _always, ...values } = sent
  const wanted = readLimits(values, quotas.names())
  const limits = await store.transaction(async (tx) => {
    if (force !== true) {
      const limited = Object.keys(wanted).filter((name) => wanted[name]! >= 0)
      const used = await quotas.usage(tx, projectId, limited)
      for (const name of limited) refuseBelowUsage(name, wanted[name]!, used[name] ?? 0)
    }
    for (const [resource, limit] of Object.entries(wanted)) {
      const inserted = await tx.insertMissing(table, [{ project_id: projectId, resource, limit }])
      if (inserted === 0) await tx.update(table, { project_id: projectId, resource }, { limit })
    }
    return quotas.limits(tx, projectId)
  })
  return { status: 200, body: { quota: limits } }
}

function refuseBelowUsage(resource: string, limit: number, used: number): void {
  if (used <= limit) return
  const message = `Quota limit ${limit} for ${resource} must be greater than or equal to already used ${used}`
  throw HTTPBadRequest({ message })
}

async function deleteQuota({ store }: Host, { params, enforce }: RouteRequest): Promise<RouteReply> {
  const projectId = params.project_id!
  await enforce('delete_quota', { project_id: projectId })
  const removed = await store.transaction((tx) => tx.remove(table, { project_id: projectId }))
  if (removed === 0) throw TenantQuotaNotFound({ tenant_id: projectId })
  return { status: 204 }
}

async function readableProject({ context, params, enforce }: RouteRequest): Promise<string> {
  const projectId = params.project_id!
  if (projectId !== context.projectId) await enforce('get_quota', { project_id: projectId })
  return projectId
}
