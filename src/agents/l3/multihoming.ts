/**
 * Several gateways: what comes in through one is answered through it, whatever the default route is. The connection is
 * marked with the gateway it entered by, answers get the mark, and a rule leads them to the gateway's own table; what
 * addresses with a floating IP send leaves through the gateway of that floating IP. Pure. A router with one gateway has
 * nothing of this. IPv4: for IPv6 the further gateways are connected networks.
 * Source: ip-rule(8), iptables-extensions(8) "CONNMARK".
 */
import { isIPv4 } from 'node:net'
import type { RouterInfo } from '#rpc/contract/l3.ts'
import { own } from './chains.ts'
import { tableRoutes } from './devices.ts'
import { defineRouterFragment, type Settings } from './fragment.ts'
import { type Gateway, gatewayAt, gatewaysOf } from './gateways.ts'

/** Marks of gateways, and numbers of their tables: beside those of metadata and of what enters from outside. */
const MARKS = { first: 0x1000, count: 0x1000 } as const
const MASK = '0xffff'
const MAIN_TABLE = 254
/** In this order: answers; all ways but the default; senders with a floating IP. */
export const PRIORITIES = { answers: 31_000, connected: 31_001, senders: 31_002 } as const

/** A gateway's mark stays when others come and go: connections carry it. */
function marksOf(gateways: readonly Gateway[], settings: Settings): ReadonlyMap<Gateway, number> {
  const used = new Set([Number(settings.metadataAccessMark), Number(settings.externalIngressMark)])
  const marks = new Map<Gateway, number>()
  for (const gateway of gateways.toSorted((a, b) => (a.port.id < b.port.id ? -1 : 1))) {
    let offset = Number.parseInt(gateway.port.id.slice(0, 8), 16) % MARKS.count
    while (used.has(MARKS.first + offset)) offset = (offset + 1) % MARKS.count
    used.add(MARKS.first + offset)
    marks.set(gateway, MARKS.first + offset)
  }
  return marks
}

/** Whether the table is that of a gateway. */
export function isGatewayTable(table: number): boolean {
  return table >= MARKS.first && table < MARKS.first + MARKS.count
}

export const multihoming = defineRouterFragment((router, settings) => {
  const all = gatewaysOf(router)
  if (all.length < 2) return {}
  const marks = marksOf(all, settings)
  const hex = (gateway: Gateway) => `0x${marks.get(gateway)!.toString(16)}/${MASK}`
  const restore =
    `-m connmark ! --mark 0x0/${MASK} -m conntrack --ctdir REPLY -j CONNMARK --restore-mark ` +
    `--nfmask ${MASK} --ctmask ${MASK}`
  const answers = all.map(
    (gateway) => `priority ${PRIORITIES.answers} fwmark ${hex(gateway)} lookup ${marks.get(gateway)}`,
  )
  const senders = sendersOf(router, all).map(
    ({ fixed, gateway }) => `priority ${PRIORITIES.senders} from ${fixed} lookup ${marks.get(gateway)}`,
  )
  const connected = `priority ${PRIORITIES.connected} lookup ${MAIN_TABLE} suppress_prefixlength 0`
  return {
    routes: all.flatMap(({ port, device }, index) =>
      tableRoutes(port, device, { ...settings, ipv6: false }, marks.get(all[index]!)!),
    ),
    rules: [...answers, ...(senders.length > 0 ? [connected, ...senders] : [])],
    // What comes in by one gateway may come from where another one leads.
    sysctls: Object.fromEntries(all.map(({ device }) => [`net/ipv4/conf/${device}/rp_filter`, '2'])),
    iptables: {
      mangle: {
        [own('mark')]: [
          ...all.map(
            (gateway) => `-i ${gateway.device} -m conntrack --ctstate NEW -j CONNMARK --set-xmark ${hex(gateway)}`,
          ),
          `-i qr-+ ${restore}`,
        ],
        [own('OUTPUT')]: [restore],
      },
    },
  }
})

/** Addresses inside with floating IPs, none of which is at the first gateway. */
function sendersOf({ _floatingips }: RouterInfo, all: readonly Gateway[]): { fixed: string; gateway: Gateway }[] {
  const at = new Map<string, Gateway>()
  for (const item of _floatingips) {
    const gateway = gatewayAt(all, item)
    const { fixed_ip_address: fixed } = item
    if (fixed === null || !gateway) continue
    const other = at.get(fixed)
    if (!other || all.indexOf(gateway) < all.indexOf(other)) at.set(fixed, gateway)
  }
  return [...at]
    .filter(([fixed, gateway]) => isIPv4(fixed) && gateway !== all[0])
    .map(([fixed, gateway]) => ({ fixed, gateway }))
}
