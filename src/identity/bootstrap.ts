/** What an identity must hold before anybody can log in; made when it is missing, never changed. */
import type { Store } from '#store/store.ts'
import { newAccountId } from './accounts.ts'
import { hashPassword } from './passwords.ts'
import { assignments, projects, roles, users } from './tables.ts'

export interface Bootstrap {
  /** Of the users `admin` and `demo`, when they are made: a password changed later stays. */
  readonly adminPassword: string
  readonly demoPassword: string
}

const ROLES = ['admin', 'manager', 'member', 'reader', 'service']
const PROJECTS = ['admin', 'demo', 'service']

/** Idempotent; safe when two processes do it at once. */
export async function bootstrapIdentity(store: Store, { adminPassword, demoPassword }: Bootstrap): Promise<void> {
  const isDone = await store.read((tx) => tx.exists(users, { name: 'admin' }))
  if (isDone) return
  const [adminHash, demoHash] = await Promise.all([hashPassword(adminPassword), hashPassword(demoPassword)])
  await store.transaction(async (tx) => {
    const named = (name: string) => ({ id: newAccountId(), name, enabled: true, extra: {} })
    await tx.insertMissing(roles, ROLES.map(named))
    await tx.insertMissing(projects, PROJECTS.map(named))
    const project = new Map((await tx.list(projects, { name: PROJECTS })).map(({ name, id }) => [name, id]))
    const role = new Map((await tx.list(roles, { name: ROLES })).map(({ name, id }) => [name, id]))
    const user = (name: string, password_hash: string) => ({
      ...named(name),
      password_hash,
      default_project_id: project.get(name) ?? null,
    })
    await tx.insertMissing(users, [user('admin', adminHash), user('demo', demoHash)])
    const ids = new Map((await tx.list(users, { name: ['admin', 'demo'] })).map(({ name, id }) => [name, id]))
    const assignment = (who: string, what: string) => ({
      user_id: ids.get(who)!,
      project_id: project.get(who)!,
      role_id: role.get(what)!,
    })
    await tx.insertMissing(assignments, [assignment('admin', 'admin'), assignment('demo', 'member')])
  })
}
