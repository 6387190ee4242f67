/** Who has which role in which project: granted, taken, asked for, listed. Source: Identity API v3, "Roles". */
import type { JsonObject } from '#base/json.ts'
import type { Tx } from '#store/store.ts'
import { get, projectKind, roleKind, userKind } from './accounts.ts'
import type { Call, Route } from './call.ts'
import { IdentityError } from './errors.ts'
import { type Assignment, assignments, DOMAIN, projects, roles, users } from './tables.ts'
import { withImplied } from './tokens.ts'

const PATH = '/v3/projects/:project_id/users/:user_id/roles'
const LIST_MAX = 10_000

interface Listed extends Assignment {
  /** The role that was granted, when this one only follows from it. */
  readonly implied: boolean
}

/** @throws IdentityError 404 naming whichever of the three is not there. */
async function idsOf(tx: Tx, { params }: Call): Promise<Assignment> {
  const [project, user, role] = [params.project_id!, params.user_id!, params.role_id!]
  await get(tx, projectKind, project)
  await get(tx, userKind, user)
  await get(tx, roleKind, role)
  return { project_id: project, user_id: user, role_id: role }
}

function noAssignment({ user_id, project_id, role_id }: Assignment): IdentityError {
  const text = `role: ${role_id}, user or group: ${user_id}, project, domain, or system: ${project_id}`
  return new IdentityError(404, `Could not find role assignment with ${text}.`)
}

async function check(call: Call): Promise<{ status: 204 }> {
  await call.host.store.read(async (tx) => {
    const ids = await idsOf(tx, call)
    if (!(await tx.exists(assignments, ids))) throw noAssignment(ids)
  })
  return { status: 204 }
}

/** A page of assignments with the roles that follow from them, when `effective`. */
async function listed(tx: Tx, query: Call['query']): Promise<readonly Listed[]> {
  const effective = isSet(query, 'effective')
  const role = query['role.id']
  const where = {
    ...(query['user.id'] === undefined ? {} : { user_id: query['user.id'] }),
    ...(query['scope.project.id'] === undefined ? {} : { project_id: query['scope.project.id'] }),
    ...(role === undefined || effective ? {} : { role_id: role }),
  }
  const direct = (await tx.list(assignments, where)).map((row) => ({ ...row, implied: false }))
  if (!effective) return direct
  const all = await tx.list(roles)
  const known = new Set(direct.map(keyOf))
  const implied = direct.flatMap(({ user_id, project_id, role_id }) =>
    withImplied(all, ({ id }) => id === role_id)
      .map(({ id }) => ({ user_id, project_id, role_id: id, implied: true }))
      .filter((row) => !known.has(keyOf(row)) && known.add(keyOf(row))),
  )
  return [...direct, ...implied].filter(({ role_id }) => role === undefined || role_id === role)
}

function keyOf({ user_id, project_id, role_id }: Assignment): string {
  return `${user_id} ${project_id} ${role_id}`
}

/** `?effective`, `?effective=True`; `?effective=0` is not. */
function isSet(query: Call['query'], name: string): boolean {
  return query[name] !== undefined && query[name] !== '0' && query[name].toLowerCase() !== 'false'
}

/** Names for the ids, where they are asked for: three statements, however many assignments there are. */
async function namesOf(tx: Tx, rows: readonly Listed[], include: boolean): Promise<ReadonlyMap<string, string>> {
  if (!include || rows.length === 0) return new Map()
  const found = [
    await tx.list(users, { id: [...new Set(rows.map(({ user_id }) => user_id))] }),
    await tx.list(projects, { id: [...new Set(rows.map(({ project_id }) => project_id))] }),
    await tx.list(roles),
  ]
  return new Map(found.flat().map(({ id, name }) => [id, name]))
}

function shown(base: string, { user_id, project_id, role_id }: Listed, names: ReadonlyMap<string, string>): JsonObject {
  const reference = (id: string, hasDomain: boolean): JsonObject => {
    const name = names.get(id)
    return name === undefined ? { id } : { id, name, ...(hasDomain ? { domain: { ...DOMAIN } } : {}) }
  }
  return {
    role: reference(role_id, false),
    user: reference(user_id, true),
    scope: { project: reference(project_id, true) },
    links: { assignment: `${base}/v3/projects/${project_id}/users/${user_id}/roles/${role_id}` },
  }
}

export const assignmentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: PATH,
    access: 'admin',
    action: 'identity:list_grants',
    async run({ host, params, base }) {
      const items = await host.store.read(async (tx) => {
        const [user_id, project_id] = [params.user_id!, params.project_id!]
        await get(tx, projectKind, project_id)
        await get(tx, userKind, user_id)
        const held = new Set((await tx.list(assignments, { user_id, project_id })).map(({ role_id }) => role_id))
        return (await tx.list(roles)).filter(({ id }) => held.has(id))
      })
      const self = `${base}/v3/projects/${params.project_id}/users/${params.user_id}/roles`
      const shownRoles = items.map((role) => ({
        ...roleKind.show(role),
        links: { self: `${base}/v3/roles/${role.id}` },
      }))
      return { status: 200, body: { roles: shownRoles, links: { self, previous: null, next: null } } }
    },
  },
  {
    method: 'PUT',
    path: `${PATH}/:role_id`,
    access: 'admin',
    action: 'identity:create_grant',
    async run(call) {
      await call.host.store.transaction(async (tx) => tx.insertMissing(assignments, [await idsOf(tx, call)]))
      return { status: 204, revokes: true }
    },
  },
  { method: 'HEAD', path: `${PATH}/:role_id`, access: 'admin', action: 'identity:check_grant', run: check },
  { method: 'GET', path: `${PATH}/:role_id`, access: 'admin', action: 'identity:check_grant', run: check },
  {
    method: 'DELETE',
    path: `${PATH}/:role_id`,
    access: 'admin',
    action: 'identity:revoke_grant',
    async run(call) {
      await call.host.store.transaction(async (tx) => {
        const ids = await idsOf(tx, call)
        if ((await tx.remove(assignments, { ...ids })) === 0) throw noAssignment(ids)
      })
      return { status: 204, revokes: true }
    },
  },
  {
    method: 'GET',
    path: '/v3/role_assignments',
    access: 'admin',
    action: 'identity:list_role_assignments',
    async run({ host, query, base }) {
      const items = await host.store.read(async (tx) => {
        // Groups, domains and the system hold no roles here.
        const elsewhere = ['group.id', 'scope.domain.id', 'scope.system', 'scope.OS-INHERIT:inherited_to']
        if (elsewhere.some((name) => query[name] !== undefined)) return []
        const rows = (await listed(tx, query)).slice(0, LIST_MAX)
        const names = await namesOf(tx, rows, isSet(query, 'include_names'))
        return rows.map((row) => shown(base, row, names))
      })
      const links = { self: `${base}/v3/role_assignments`, previous: null, next: null }
      return { status: 200, body: { role_assignments: items, links } }
    },
  },
]
