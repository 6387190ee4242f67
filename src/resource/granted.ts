/**
 * What an object is to a project by the entries of `rbac_policies`, as a condition on the object's row. Policy, filters
 * and lookups all ask the same. Pure.
 * Source: Networking API v2.0, "RBAC Policies".
 */
import { and, equals, isIn, type Predicate } from '#base/predicate.ts'
import type { Granted } from './definition.ts'

export const RBAC_POLICIES = 'rbac_policies'
/** The target that is every project. */
export const EVERYBODY = '*'

/** The targets of entries that are for that project. */
export function targetsOf(projectId: string | null): readonly string[] {
  return projectId === null ? [EVERYBODY] : [EVERYBODY, projectId]
}

/** An entry makes the row's object that to the project. */
export function grantedTo({ object, action, by = 'id' }: Granted, projectId: string | null): Predicate {
  const where = and(
    equals('object_type', object),
    equals('action', action),
    isIn('target_tenant', targetsOf(projectId)),
  )
  return { op: 'exists', table: RBAC_POLICIES, column: 'object_id', equals: by, where }
}
