/**
 * The way to the metadata proxy: requests to its address are caught on the way in, marked, and let through to the
 * proxy's port; the port is closed for everyone else. Pure. Source: reference of agents and RPC, §14 and §16.
 */
import { own } from './chains.ts'
import { defineRouterFragment } from './fragment.ts'

const METADATA = '-d 169.254.169.254/32 -i qr-+ -p tcp -m tcp --dport 80'

export const metadataAccess = defineRouterFragment((_router, settings) => {
  const { enableMetadataProxy, metadataPort, metadataAccessMark: mark } = settings
  // Marked even without a proxy, so that such a request never leaves through the gateway.
  const guard = {
    mangle: { [own('PREROUTING')]: [`${METADATA} -j MARK --set-xmark ${mark}/0xffff`] },
    filter: { [own('scope')]: [`-m mark --mark ${mark}/0xffff -j DROP`] },
  }
  if (!enableMetadataProxy) return { iptables: guard }
  return {
    iptables: {
      ...guard,
      filter: {
        ...guard.filter,
        [own('INPUT')]: [`-m mark --mark ${mark}/0xffff -j ACCEPT`, `-p tcp -m tcp --dport ${metadataPort} -j DROP`],
      },
      nat: { [own('PREROUTING')]: [`${METADATA} -j REDIRECT --to-ports ${metadataPort}`] },
    },
  }
})
