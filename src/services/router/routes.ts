/** A router's extra routes: which are allowed, and lists of them with some added or taken away. Pure. */
import { isInCidr } from '#base/ip.ts'
import type { JsonObject } from '#base/json.ts'
import type { HostRoute } from '#core/subnet/tables.ts'
import { InvalidRoutes } from './errors.ts'

/** Next hops lie on connected subnets and are no address of the router. @throws InvalidRoutes */
export function checkRoutes(
  routes: readonly HostRoute[],
  { cidrs, addresses }: { readonly cidrs: readonly string[]; readonly addresses: readonly string[] },
): void {
  const refuse = (reason: string) => InvalidRoutes({ routes: routes as unknown as readonly JsonObject[], reason })
  for (const { nexthop } of routes) {
    if (!cidrs.some((cidr) => isInCidr(nexthop, cidr))) throw refuse('the nexthop is not connected with router')
    if (addresses.includes(nexthop)) throw refuse('the nexthop is used by router')
  }
}

/** Routes that are there already are not added twice. */
export function withRoutes(routes: readonly HostRoute[], added: readonly HostRoute[]): HostRoute[] {
  return [...routes, ...added.filter((route) => !routes.some((present) => isSame(present, route)))]
}

/** Routes that are not there are no error: what counts is the outcome. */
export function withoutRoutes(routes: readonly HostRoute[], removed: readonly HostRoute[]): HostRoute[] {
  return routes.filter((route) => !removed.some((gone) => isSame(gone, route)))
}

function isSame(a: HostRoute, b: HostRoute): boolean {
  return a.destination === b.destination && a.nexthop === b.nexthop
}
