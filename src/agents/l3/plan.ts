/**
 * From the router the host has to the router the server wants. Pure. The order keeps traffic honest at every moment:
 * addresses go before their translation does, translation is there before its addresses are; and what must follow a
 * change (connections to forget, neighbours to tell) is written down before the change is made.
 */
import { isDeepStrictEqual } from 'node:util'
import { own } from './chains.ts'
import type { Route } from './fragment.ts'
import { forwardingsOf } from './port-forwarding.ts'
import { NETNS_SYSCTLS, NETNS_SYSCTLS_IPV6, type RouterRecord, type RouterState, type Step } from './state.ts'

const NOTHING: RouterRecord = { devices: [], forget: [], announce: [] }

export function plan(want: RouterState | null, have: RouterState | null): Step[] {
  if (want === null) return have === null ? [] : removal(have)
  const present = have ?? {
    ...want,
    exists: false,
    record: null,
    sysctls: {},
    devices: [],
    addresses: {},
    routes: [],
    rules: [],
    iptables: {},
    advertisements: null,
  }
  const changes = [...before(want, present), ...after(want, present)]
  const record = recordDuring(want, present)
  const settled = want.record ?? NOTHING
  if (changes.length === 0 && isDeepStrictEqual(record, settled)) {
    return isDeepStrictEqual(present.record, settled) ? [] : [{ do: 'remember', record: settled }]
  }
  const owed: Step[] = []
  if (record.forget.length > 0) owed.push({ do: 'forget-connections', to: record.forget })
  if (record.announce.length > 0) owed.push({ do: 'announce', announce: record.announce })
  const remember: Step[] = isDeepStrictEqual(record, present.record) ? [] : [{ do: 'remember', record }]
  const settle: Step[] = isDeepStrictEqual(record, settled) ? [] : [{ do: 'remember', record: settled }]
  return [...remember, ...changes, ...owed, ...settle]
}

function removal(have: RouterState): Step[] {
  const names = [...new Set([...(have.record?.devices ?? []), ...have.devices.map(({ name }) => name)])].sort()
  const steps: Step[] = []
  // A router of another agent that is ours now: once its devices are gone, nothing else would say that it is.
  if (have.record === null) steps.push({ do: 'remember', record: { ...NOTHING, devices: names } })
  if (have.advertisements !== null) steps.push({ do: 'stop-advertising' })
  if (names.length > 0) steps.push({ do: 'unplug-devices', names })
  if (have.exists) steps.push({ do: 'remove-netns' })
  return [...steps, { do: 'forget-router' }]
}

/** Up to the chains: the namespace, and everything that goes. */
function before(want: RouterState, have: RouterState): Step[] {
  const steps: Step[] = []
  if (!have.exists) steps.push({ do: 'create-netns' })
  const values = changedSysctls(want, have, (key) => key in NETNS_SYSCTLS || key in NETNS_SYSCTLS_IPV6)
  if (Object.keys(values).length > 0) steps.push({ do: 'set-sysctls', values })
  // Hosts hear the farewell while the device is there.
  if (want.advertisements === null && have.advertisements !== null) steps.push({ do: 'stop-advertising' })
  const names = surplusDevices(want, have)
  if (names.length > 0) steps.push({ do: 'unplug-devices', names })
  const lines = [
    ...have.rules.filter((rule) => !want.rules.includes(rule)).map((rule) => `rule del ${rule}`),
    ...have.routes.filter((route) => !within(want.routes, route) && survives(want, route)).map(deleteRoute),
    ...addressLines(want, (name, wanted) =>
      (have.addresses[name] ?? [])
        .filter((cidr) => isFloating(cidr) && !wanted.includes(cidr))
        .map((cidr) => `addr del ${cidr} dev ${name}`),
    ),
  ]
  if (lines.length > 0) steps.push({ do: 'run-ip', lines })
  return steps
}

/** From the chains on: everything that comes. */
function after(want: RouterState, have: RouterState): Step[] {
  const steps: Step[] = []
  if (!isDeepStrictEqual(want.iptables, have.iptables)) steps.push({ do: 'write-iptables', tables: want.iptables })
  const plug = want.devices.filter((device) => !have.devices.some((present) => isDeepStrictEqual(present, device)))
  if (plug.length > 0) steps.push({ do: 'plug-devices', devices: plug })
  const fresh = new Set(plug.map(({ name }) => name))
  const added = addressLines(want, (name, wanted) =>
    wanted
      .filter((cidr) => fresh.has(name) || !have.addresses[name]?.includes(cidr))
      .map((cidr) => `addr replace ${cidr} ${broadcast(cidr)}dev ${name}`),
  )
  const removed = addressLines(want, (name, wanted) =>
    (have.addresses[name] ?? [])
      .filter((cidr) => !isFloating(cidr) && !wanted.includes(cidr))
      .map((cidr) => `addr del ${cidr} dev ${name}`),
  )
  // The kernel drops the routes of an address that goes and of a device that is made anew: all are set again.
  const shaken = removed.length > 0 || plug.length > 0
  const routes = want.routes.filter((route) => shaken || !within(have.routes, route)).map(replaceRoute)
  const rules = want.rules.filter((rule) => !have.rules.includes(rule)).map((rule) => `rule add ${rule}`)
  const lines = [...added, ...removed, ...routes, ...rules]
  if (lines.length > 0) steps.push({ do: 'run-ip', lines })
  const values = changedSysctls(want, have, (key) => !(key in NETNS_SYSCTLS) && !(key in NETNS_SYSCTLS_IPV6))
  if (Object.keys(values).length > 0) steps.push({ do: 'set-sysctls', values })
  const announces = want.advertisements !== have.advertisements || plug.length > 0
  if (want.advertisements !== null && announces) steps.push({ do: 'advertise', config: want.advertisements })
  return steps
}

function changedSysctls(
  want: RouterState,
  have: RouterState,
  which: (key: string) => boolean,
): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(want.sysctls).filter(([key, value]) => which(key) && have.sysctls[key] !== value),
  )
}

function surplusDevices(want: RouterState, have: RouterState): string[] {
  const wanted = new Set(want.devices.map(({ name }) => name))
  const known = [...(have.record?.devices ?? []), ...have.devices.map(({ name }) => name)]
  return [...new Set(known.filter((name) => !wanted.has(name)))].sort()
}

function addressLines(want: RouterState, linesOf: (name: string, wanted: readonly string[]) => string[]): string[] {
  return want.devices.flatMap(({ name }) => linesOf(name, want.addresses[name] ?? []))
}

/** Floating IPs are single addresses; a device's own address has its subnet's length. */
function isFloating(cidr: string): boolean {
  return cidr.endsWith('/32')
}

function broadcast(cidr: string): string {
  return cidr.includes(':') || cidr.endsWith('/32') || cidr.endsWith('/31') ? '' : 'brd + '
}

function within(routes: readonly Route[], route: Route): boolean {
  return routes.some(
    ({ version, destination, via, device, table }) =>
      version === route.version &&
      destination === route.destination &&
      table === route.table &&
      isDeepStrictEqual(via, route.via) &&
      (device === null || route.device === null || device === route.device),
  )
}

/** Whether the route is still there once surplus devices are gone, and nothing wanted takes its place. */
function survives(want: RouterState, route: Route): boolean {
  const replaced = want.routes.some(
    ({ version, destination, table }) =>
      version === route.version && destination === route.destination && table === route.table,
  )
  return !replaced && want.devices.some(({ name }) => name === route.device)
}

function replaceRoute({ version, destination, via, device, table }: Route): string {
  const hops = via.length === 1 ? ` via ${via[0]}` : via.map((hop) => ` nexthop via ${hop}`).join('')
  const onLink = via.length > 0 ? '' : version === 4 ? ' scope link' : ''
  return `route replace ${target(version, destination)}${hops}${device === null ? '' : ` dev ${device}`}${onLink}${inTable(table)}`
}

function deleteRoute({ version, destination, device, table }: Route): string {
  return `route del ${target(version, destination)}${device === null ? '' : ` dev ${device}`}${inTable(table)}`
}

function inTable(table: number | undefined): string {
  return table === undefined ? '' : ` table ${table}`
}

function target(version: 4 | 6, destination: string): string {
  return destination === 'default' ? (version === 4 ? '0.0.0.0/0' : '::/0') : destination
}

/** What the record says while the steps are taken: nothing made is unknown, nothing owed is lost. */
function recordDuring(want: RouterState, have: RouterState): RouterRecord {
  const record = have.record ?? NOTHING
  const devices = new Set([...record.devices, ...want.devices.map(({ name }) => name), ...surplusDevices(want, have)])
  const [wanted, present] = [translationsOf(want), translationsOf(have)]
  const changed = [...present]
    .filter(([floating, fixed]) => wanted.get(floating) !== fixed)
    .map(([floating]) => floating)
  const forwarded = changedForwardings(want, have)
  const plugged = new Set(
    want.devices
      .filter((device) => !have.devices.some((other) => isDeepStrictEqual(other, device)))
      .map(({ name }) => name),
  )
  const added = addressLines(want, (name, cidrs) =>
    cidrs
      .filter((cidr) => !cidr.includes(':') && (plugged.has(name) || !have.addresses[name]?.includes(cidr)))
      .map((cidr) => `${name} ${cidr.slice(0, cidr.indexOf('/'))}`),
  )
  const still = record.announce.filter((item) => {
    const [name = '', address = ''] = item.split(' ')
    return want.addresses[name]?.some((cidr) => cidr.startsWith(`${address}/`))
  })
  return {
    devices: [...devices].sort(),
    forget: [...new Set([...record.forget, ...changed, ...forwarded])].sort(),
    announce: [...new Set([...still, ...added])].sort(),
  }
}

/**
 * `<protocol> <floating address> <ports>` of forwardings that come, go or lead elsewhere. Those that come too: a client
 * that keeps sending keeps a connection to nowhere alive, and no new rule would be asked about it.
 */
function changedForwardings(want: RouterState, have: RouterState): string[] {
  const [wanted, present] = [forwardingsOf(want.iptables.nat), forwardingsOf(have.iptables.nat)]
  const known = Object.values(have.addresses).flat()
  const keys = new Set([...wanted.keys(), ...present.keys()])
  return [...keys].filter((key) => wanted.get(key) !== present.get(key) && known.includes(`${key.split(' ')[1]}/32`))
}

/** Fixed addresses by floating address, as the chains have them. */
function translationsOf({ iptables }: RouterState): ReadonlyMap<string, string> {
  const rules = iptables.nat?.[own('PREROUTING')] ?? []
  return new Map(
    rules.flatMap((rule) => {
      const found = /^-d (\S+)\/32 -j DNAT --to-destination (\S+)$/.exec(rule)
      return found ? [[found[1]!, found[2]!] as const] : []
    }),
  )
}
