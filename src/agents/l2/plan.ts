/**
 * From what a host has to what it is to have. Pure. The order keeps packets flowing and nothing leaking: bridges and
 * links first, then flows, and only then are ports connected. `plan(x, x)` is empty.
 */
import { isDeepStrictEqual } from 'node:util'
import { changeFlows, type Flow, type FlowSet } from '#linux/openflow/flow.ts'
import type { HostState, Step, TagState } from './state.ts'
import { INT, REG_NET, REG_PORT } from './tables.ts'

export function plan(want: HostState | null, have: HostState | null): readonly Step[] {
  if (!want || !have) return []
  const steps: Step[] = []

  const bridges = differing(want.bridges, have.bridges)
  const links = differing(want.links, have.links)
  const remove = [...have.links.keys()].filter((name) => !want.links.has(name) || isMadeAnew(name, want, have))
  if (bridges.size + links.size + remove.length > 0) steps.push({ do: 'change-bridges', bridges, links, remove })

  const added: Flow[] = []
  for (const [bridge, flows] of want.flows) {
    const found = have.flows.get(bridge)
    if (!found) continue // not there yet: it comes with the first step, and then this plan is made again
    const change = changeFlows(flows as FlowSet, new Set(found.keys()))
    if (change.add.length + change.remove.length === 0) continue
    steps.push({ do: 'change-flows', bridge, ...change })
    added.push(...change.add)
  }

  const ports = differing(want.ports, have.ports)
  if (ports.size > 0) steps.push({ do: 'tag-ports', ports })

  const zones = zonesOfChangedRules(added, want, have)
  if (zones.length > 0) steps.push({ do: 'forget-cut-connections', zones })

  const vlans = [...have.vlans].filter((vlan) => !want.vlans.has(vlan))
  if (vlans.length > 0) steps.push({ do: 'release-vlans', vlans })
  return steps
}

function differing<Value>(want: ReadonlyMap<string, Value>, have: ReadonlyMap<string, Value>): Map<string, Value> {
  return new Map([...want].filter(([name, value]) => !isDeepStrictEqual(value, have.get(name))))
}

/** A port cannot change its bridge or type. */
function isMadeAnew(name: string, want: HostState, have: HostState): boolean {
  const [wanted, found] = [want.links.get(name)!, have.links.get(name)!]
  return wanted.bridge !== found.bridge || wanted.type !== found.type
}

/**
 * Zones in which a rule came for a port that was connected before: a connection that was cut there may be allowed anew.
 */
function zonesOfChangedRules(added: readonly Flow[], want: HostState, have: HostState): number[] {
  const isConnected = (vlan: number) => [...have.ports.values()].some((port: TagState) => port.tag === vlan)
  const zones = new Set<number>()
  for (const { table, match } of added) {
    if (table !== INT.RULES_EGRESS && table !== INT.RULES_INGRESS) continue
    const zone = ZONE_OF.exec(match)?.[1]
    if (zone !== undefined) zones.add(Number(zone))
    const ofport = OFPORT_OF.exec(match)?.[1]
    const vlan = ofport === undefined ? undefined : want.zones.get(Number(ofport))
    if (vlan !== undefined) zones.add(vlan)
  }
  return [...zones].filter(isConnected)
}

const ZONE_OF = new RegExp(`${REG_NET}=(\\d+)`)
const OFPORT_OF = new RegExp(`${REG_PORT}=(\\d+)`)
