/**
 * What each mechanism driver says of a port now: the question of a binding put again, and nothing recorded. Why a port
 * is `binding_failed` is kept nowhere else.
 */
import type { Port } from '#core/port/tables.ts'
import type { Operation } from '#plugin/plugin.ts'
import { asked, type Binding, candidatesOf } from './binding.ts'
import type { Segment, Verdict } from './driver.ts'

export interface DriverVerdict {
  readonly driver: string
  readonly verdict: Verdict
}

export interface Verdicts {
  /** What the port may be bound to. */
  readonly segments: readonly Segment[]
  readonly drivers: readonly DriverVerdict[]
}

/** Every driver is asked, also those after one that would bind. For a port without a host there is nothing to ask. */
export async function verdictsOf(op: Operation, port: Port, { drivers, agents }: Binding): Promise<Verdicts> {
  const segments = (await candidatesOf(op.tx, [port])).get(port.id)!
  const host = port['binding:host_id']
  if (!host) return { segments, drivers: [] }
  const question = asked(port, (await agents(op, [host])).get(host) ?? [])
  const verdicts = await Promise.all(drivers.map((driver) => driver.bindPort(question, segments)))
  return { segments, drivers: drivers.map(({ name }, index) => ({ driver: name, verdict: verdicts[index]! })) }
}
