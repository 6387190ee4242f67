/**
 * What an agent brings about, for one kind of thing: a port, a DHCP network, a router. Level-triggered: a message or an
 * event only marks an id; what is to be done follows from what is wanted and what the host has.
 */
export interface Target<State, Step> {
  /** What the server wants for `id`; null once it is deleted. Throws when the answer is not known. */
  want(id: string, signal: AbortSignal): Promise<State | null>
  /** What the host has for `id`, read from the host and never from memory; null when no trace is left. */
  have(id: string, signal: AbortSignal): Promise<State | null>
  /** Pure: the steps from `have` to `want`, in order. `plan(x, x)` is empty. */
  plan(want: State | null, have: State | null): readonly Step[]
  /** Takes one step. Taking it twice leaves the host as taking it once. */
  apply(id: string, step: Step, signal: AbortSignal): Promise<void>
  /** Every id the server wants here or the host has a trace of: what a full resync visits. */
  ids(signal: AbortSignal): Promise<readonly string[]>
  /** After a turn that ended without an error: tell the server what has become true (ports ready, addresses active). */
  done?(id: string, want: State | null, signal: AbortSignal): Promise<void>
}

/** One turn for one id; answers the steps taken. */
export async function reconcile<State, Step>(
  target: Target<State, Step>,
  id: string,
  signal: AbortSignal,
): Promise<readonly Step[]> {
  const [want, have] = await Promise.all([target.want(id, signal), target.have(id, signal)])
  const steps = target.plan(want, have)
  for (const step of steps) await target.apply(id, step, signal)
  await target.done?.(id, want, signal)
  return steps
}
