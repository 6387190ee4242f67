/**
 * What this host has of one port beside what it is to have: the agent's own plan over a fresh reading, as far as the
 * port is concerned. Pure. What is asked of the host and when: agent.ts.
 */
import { failingOf } from '#agents/runtime/failing.ts'
import type { Failure } from '#agents/runtime/reconciler.ts'
import { flowText } from '#linux/openflow/flow.ts'
import type { L2Evidence } from '#rpc/contract/evidence.ts'
import type { SeenDevice } from './host.ts'
import { plan } from './plan.ts'
import type { HostState, Step } from './state.ts'
import { placeOf, type View, type Wanted } from './want.ts'

/** Missing flows that are told with their text. */
const EXAMPLES_MAX = 5

export interface Looked {
  readonly portId: string
  readonly integrationBridge: string
  readonly device: SeenDevice | null
  readonly view: View
  /** What the host is to have, and what it would have to have were this its only port; null: it is not known yet. */
  readonly want: { readonly all: Wanted; readonly alone: HostState } | null
  readonly have: HostState
  readonly failure: Failure | null
}

export function evidenceOf({ portId, integrationBridge, device, view, want, have, failure }: Looked): L2Evidence {
  const details = view.details(portId)
  const base = {
    device,
    integration_bridge: integrationBridge,
    known: details?.network_id !== undefined && want !== null,
    admin_state_up: details?.admin_state_up ?? null,
    unreachable: want?.all.unreachable.get(portId) ?? null,
    rules: view.security(portId)?.rules.length ?? null,
    failing: failingOf(failure),
  }
  if (!want) return { ...base, lacking: [], flows: { wanted: 0, missing: 0, foreign: 0, examples: [] } }
  const steps = plan(want.all, have)
  return { ...base, lacking: steps.flatMap((step) => lackingOf(step, device, want.all)), flows: flowsOf(steps, want) }
}

/** Flows at places that the port alone would need, whoever else needs them too. */
function flowsOf(steps: readonly Step[], { all, alone }: NonNullable<Looked['want']>): L2Evidence['flows'] {
  const places = new Map(
    [...alone.flows].map(([bridge, flows]) => [bridge, new Set([...flows.values()].map((flow) => placeOf(flow!)))]),
  )
  const changes = steps.filter((step) => step.do === 'change-flows')
  const missing = changes.flatMap(({ bridge, add }) =>
    add.filter((flow) => places.get(bridge)?.has(placeOf(flow))).map((flow) => ({ bridge, flow: flowText(flow) })),
  )
  const wanted = [...all.flows].flatMap(([bridge, flows]) =>
    [...flows.values()].filter((flow) => places.get(bridge)?.has(placeOf(flow!))),
  )
  return {
    wanted: wanted.length,
    missing: missing.length,
    foreign: changes.reduce((sum, { remove }) => sum + remove.length, 0),
    examples: missing.slice(0, EXAMPLES_MAX),
  }
}

/** Bridges and links serve every port; a tag only its own. */
function lackingOf(step: Step, device: SeenDevice | null, want: HostState): string[] {
  if (step.do === 'change-bridges') {
    const named = [...step.bridges.keys()].map((name) => `bridge ${name}`)
    return [...named, ...[...step.links.keys()].map((name) => `link ${name}`)]
  }
  if (step.do !== 'tag-ports' || !device || !step.ports.has(device.name)) return []
  return [`local VLAN ${want.ports.get(device.name)?.tag ?? 'none'} on ${device.name} (it has ${device.tag ?? 'none'})`]
}
