/** Who asks, as authentication found out and policy reads it. */
export interface Credentials {
  readonly userId: string | null
  readonly projectId: string | null
  readonly projectName: string | null
  /** Lower case, sorted, implied ones included. */
  readonly roles: readonly string[]
  /** Known already; absent: the policy `context_is_admin` decides. */
  readonly isAdmin?: boolean
}
