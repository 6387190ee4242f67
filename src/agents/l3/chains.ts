/**
 * The chains every router has, under upstream's names, and how they hang on the built-in ones: operators' habits, other
 * agents and a way back to upstream's agent depend on them. Pure. Source: reference of agents and RPC, §14.
 */
import type { Chains, Owner } from '#linux/iptables.ts'
import { defineRouterFragment } from './fragment.ts'

export const OWNER: Owner = {
  prefix: 'neutron-l3-agent-',
  shared: ['neutron-filter-top', 'neutron-postrouting-bottom'],
}

/** The name of one of our chains. */
export function own(chain: string): string {
  return `${OWNER.prefix}${chain}`
}

/** A comment for iptables, or nothing. */
export function comment(text: string, wanted: boolean): string {
  return wanted ? `-m comment --comment "${text}" ` : ''
}

const CONNMARK_RESTORE =
  '-m connmark ! --mark 0x0/0xffff0000 -j CONNMARK --restore-mark --nfmask 0xffff0000 --ctmask 0xffff0000'
export const CONNMARK_SAVE =
  '-m connmark --mark 0x0/0xffff0000 -j CONNMARK --save-mark --nfmask 0xffff0000 --ctmask 0xffff0000'

export const chains = defineRouterFragment((_router, { commentRules }) => {
  const snatJump = `${comment('Perform source NAT on outgoing traffic.', commentRules)}-j ${own('snat')}`
  return {
    iptables: {
      raw: wrapped('PREROUTING', 'OUTPUT'),
      mangle: {
        ...wrapped('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
        [own('PREROUTING')]: [
          `-j ${own('mark')}`,
          `-j ${own('scope')}`,
          CONNMARK_RESTORE,
          // After the marks of the connection: a floating IP's packets belong to the scope of its fixed address.
          `-j ${own('floatingip')}`,
        ],
        [own('mark')]: [],
        [own('scope')]: [],
        [own('floatingip')]: [],
        [own('float-snat')]: [CONNMARK_SAVE],
      },
      nat: {
        ...wrapped('PREROUTING', 'OUTPUT'),
        POSTROUTING: [`-j ${own('POSTROUTING')}`, '-j neutron-postrouting-bottom'],
        [own('POSTROUTING')]: [],
        'neutron-postrouting-bottom': [snatJump],
        [own('snat')]: [`-j ${own('float-snat')}`],
        [own('float-snat')]: [],
      },
      filter: {
        INPUT: [`-j ${own('INPUT')}`],
        OUTPUT: ['-j neutron-filter-top', `-j ${own('OUTPUT')}`],
        FORWARD: ['-j neutron-filter-top', `-j ${own('FORWARD')}`],
        'neutron-filter-top': [`-j ${own('local')}`],
        [own('INPUT')]: [],
        [own('OUTPUT')]: [],
        [own('FORWARD')]: [`-j ${own('scope')}`],
        [own('local')]: [],
        [own('scope')]: [],
      },
    },
  }
})

function wrapped(...names: readonly string[]): Chains {
  return Object.fromEntries(
    names.flatMap((name): [string, readonly string[]][] => [
      [name, [`-j ${own(name)}`]],
      [own(name), []],
    ]),
  )
}
