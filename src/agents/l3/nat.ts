/**
 * Translation of addresses: floating IPs both ways, everything else to the gateway's address when the router does SNAT,
 * and back through the router for connections to a floating IP from inside. Pure.
 * Source: reference of agents and RPC, §14; iptables-extensions(8).
 */
import { isIPv4 } from 'node:net'
import { own } from './chains.ts'
import { gatewayDevice, translations } from './devices.ts'
import { defineRouterFragment } from './fragment.ts'

export const nat = defineRouterFragment((router, { randomFully, externalIngressMark }) => {
  const { gw_port, enable_snat } = router
  const fully = randomFully ? ' --random-fully' : ''
  const floating = translations(router)
  const inward = floating.map((item) => `-d ${item.floating}/32 -j DNAT --to-destination ${item.fixed}`)
  const outward = floating.map((item) => `-s ${item.fixed}/32 -j SNAT --to-source ${item.floating}${fully}`)
  const address = gw_port?.fixed_ips.find(({ ip_address }) => isIPv4(ip_address))?.ip_address
  if (!gw_port || !address) {
    return { iptables: { nat: { [own('PREROUTING')]: inward, [own('OUTPUT')]: inward, [own('float-snat')]: outward } } }
  }
  const device = gatewayDevice(gw_port.id)
  return {
    iptables: {
      nat: {
        [own('PREROUTING')]: inward,
        [own('OUTPUT')]: inward,
        [own('float-snat')]: outward,
        [own('POSTROUTING')]: [`! -o ${device} -m conntrack ! --ctstate DNAT -j ACCEPT`],
        [own('snat')]: [
          ...(enable_snat ? [`-o ${device} -j SNAT --to-source ${address}${fully}`] : []),
          // So that answers to who reached a floating IP from inside come back through this router.
          `-m mark ! --mark ${externalIngressMark}/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source ${address}${fully}`,
        ],
      },
      mangle: { [own('mark')]: [`-i ${device} -j MARK --set-xmark ${externalIngressMark}/0xffff`] },
    },
  }
})
