/**
 * Translation of addresses: floating IPs both ways, everything else to the gateway's address when it does SNAT,
 * and back through the router for connections to a floating IP from inside. Pure.
 * Source: reference of agents and RPC, §14; iptables-extensions(8).
 */
import { isIPv4 } from 'node:net'
import { own } from './chains.ts'
import { translations } from './devices.ts'
import { defineRouterFragment } from './fragment.ts'
import { gatewaysOf } from './gateways.ts'

export const nat = defineRouterFragment((router, { randomFully, externalIngressMark }) => {
  const fully = randomFully ? ' --random-fully' : ''
  const all = gatewaysOf(router)
  const floating = translations(router)
  const inward = floating.map((item) => `-d ${item.floating}/32 -j DNAT --to-destination ${item.fixed}`)
  const outward = floating.map((item) => {
    // Of several floating IPs of one address, that of the gateway it leaves through.
    const through = all.length > 1 ? ` -o ${item.device}` : ''
    return `-s ${item.fixed}/32${through} -j SNAT --to-source ${item.floating}${fully}`
  })
  const outside = all.flatMap(({ port, device, enable_snat }) => {
    const address = port.fixed_ips.find(({ ip_address }) => isIPv4(ip_address))?.ip_address
    return address === undefined ? [] : { device, enable_snat, address }
  })
  const [first] = outside
  if (!first) {
    return { iptables: { nat: { [own('PREROUTING')]: inward, [own('OUTPUT')]: inward, [own('float-snat')]: outward } } }
  }
  return {
    iptables: {
      nat: {
        [own('PREROUTING')]: inward,
        [own('OUTPUT')]: inward,
        [own('float-snat')]: outward,
        [own('POSTROUTING')]: withinRules(outside.map(({ device }) => device)),
        [own('snat')]: [
          ...outside
            .filter(({ enable_snat }) => enable_snat)
            .map(({ device, address }) => `-o ${device} -j SNAT --to-source ${address}${fully}`),
          // So that answers to who reached a floating IP from inside come back through this router.
          `-m mark ! --mark ${externalIngressMark}/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source ${first.address}${fully}`,
        ],
      },
      mangle: {
        [own('mark')]: outside.map(({ device }) => `-i ${device} -j MARK --set-xmark ${externalIngressMark}/0xffff`),
      },
    },
  }
})

/** What stays inside is not translated, unless it was on its way in. */
function withinRules(devices: readonly string[]): string[] {
  const rest = '-m conntrack ! --ctstate DNAT -j ACCEPT'
  const [device] = devices
  if (devices.length === 1) return [`! -o ${device} ${rest}`]
  return [...devices.map((name) => `-o ${name} -j RETURN`), rest]
}
