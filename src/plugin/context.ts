/** Who asks: made once per request by the API's authentication, or for the system itself. */
export interface RequestContext {
  /** `req-<uuid>`, new for every request. */
  readonly requestId: string
  /** The caller's own request id, when it sent a valid one. */
  readonly globalRequestId: string | null
  readonly userId: string | null
  readonly projectId: string | null
  readonly projectName: string | null
  /** Lower case, sorted. */
  readonly roles: readonly string[]
  /** By the policy `context_is_admin`. */
  readonly isAdmin: boolean
}

/** The context of work no user asked for: an agent's call, a periodic task. */
export function systemContext(requestId: string): RequestContext {
  return {
    requestId,
    globalRequestId: null,
    userId: null,
    projectId: null,
    projectName: null,
    roles: ['admin'],
    isAdmin: true,
  }
}
