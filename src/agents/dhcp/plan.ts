/**
 * The steps from what the host has of a network to what is wanted. Pure. A changed hosts file costs a SIGHUP and not a
 * restart, which would leave clients unanswered for a moment; but for the one reason at `diesOfSignal`.
 */
import { isDeepStrictEqual } from 'node:util'
import { isInCidr } from '#base/ip.ts'
import type { Change, Device, NetworkState, Route, Step, WantedNetwork } from './state.ts'

/** `have` may be what a wanted network is once it is there: then no step is left. */
export function plan(want: WantedNetwork | null, have: NetworkState | null): Step[] {
  if (want === null) return have === null ? [] : [{ do: 'remove-network', netns: have.netns }]

  const { netns } = want
  const device = want.devices[0]!
  const found = have?.devices.find(({ name }) => name === device.name)
  const plugged = have?.namespace === true && isDeepStrictEqual(found, device)
  const stale = have?.devices.filter(({ name }) => name !== device.name) ?? []
  const steps: Step[] = []
  if (!have?.namespace) steps.push({ do: 'create-netns', netns })
  if (stale.length > 0) steps.push({ do: 'unplug-devices', netns, names: stale.map(({ name }) => name) })
  if (!plugged) steps.push({ do: 'plug-device', netns, device, port_id: want.port_id })
  // A device that is there under its name keeps its addresses; one that is made anew has none.
  const addresses = changeOfAddresses(want.addresses, found ? have!.addresses : [])
  const routes = changeOfRoutes(want.routes, found ? have!.routes : [], addresses.remove.length > 0)
  if ([addresses, routes].some(({ add, remove }) => add.length + remove.length > 0)) {
    steps.push({ do: 'configure-device', netns, device: device.name, addresses, routes })
  }
  return [...steps, ...planDnsmasq(want, have, device)]
}

/** Removing an address may take others of its subnet along, so all are set again. */
function changeOfAddresses(want: readonly string[], have: readonly string[]): Change<string> {
  const remove = have.filter((address) => !want.includes(address))
  return { add: remove.length > 0 ? want : want.filter((address) => !have.includes(address)), remove }
}

/** `anew`: the kernel may have dropped routes together with an address. */
function changeOfRoutes(want: readonly Route[], have: readonly Route[], anew: boolean): Change<Route> {
  const isIn = (routes: readonly Route[], route: Route) => routes.some((other) => isDeepStrictEqual(other, route))
  const add = anew ? want : want.filter((route) => !isIn(have, route))
  const remove = have.filter((route) => !isIn(want, route) && !add.some((other) => isSameTarget(other, route)))
  return { add, remove }
}

/** Setting the one replaces the other. */
function isSameTarget(a: Route, b: Route): boolean {
  return a.version === b.version && a.destination === b.destination
}

function planDnsmasq(want: WantedNetwork, have: NetworkState | null, { name }: Device): Step[] {
  const { netns, files, loaded, leases } = want
  const steps: Step[] = []
  if (!isDeepStrictEqual(files, have?.files)) steps.push({ do: 'write-files', files })
  if (want.dnsmasq === null) return steps
  const isNews = steps.length > 0 || loaded !== have?.loaded
  const runs = have?.namespace && isDeepStrictEqual(want.dnsmasq, have.dnsmasq)
  if (!runs || (isNews && diesOfSignal(have))) {
    return [...steps, { do: 'start-dnsmasq', netns, argv: want.dnsmasq, leases, loaded }]
  }
  if (isNews) steps.push({ do: 'signal-dnsmasq', loaded })
  // Only after the signal: dnsmasq must not give the address to the client that is to lose it again.
  const wanted = new Set(leases.map(({ mac, ip }) => `${mac} ${ip}`))
  const gone = have.leases.flatMap((lease) => {
    if (wanted.has(`${lease.mac} ${lease.ip}`)) return []
    if (lease.client) return [{ ...lease, server: '' }]
    const server = want.servers.find(({ cidr }) => isInCidr(lease.ip, cidr))
    return server ? [{ ...lease, server: server.ip }] : []
  })
  if (gone.length > 0) steps.push({ do: 'release-leases', netns, device: name, leases: gone })
  return steps
}

/**
 * dnsmasq 2.86 to 2.90 links a host's tag to a tag of the request on its stack, and frees the chain when it reads the
 * hosts again: once a host with a tag (a port with DHCP options of its own) was answered, SIGHUP ends it.
 */
function diesOfSignal({ files }: NetworkState): boolean {
  return files.host.includes(',set:')
}
