/** Where an address of this host is. */
import { networkInterfaces } from 'node:os'
import { canonicalIp } from '#base/ip.ts'
import { type NetnsDevice, readLinks, readNetns } from '#linux/netlink.ts'
import { rootNetns } from '#linux/netns.ts'

export interface AddressPlace {
  readonly device: NetnsDevice
  /** Of the loopback: nobody else reaches it. */
  readonly internal: boolean
}

/** Null: no device has it. */
export function placeOfAddress(address: string): AddressPlace | null {
  const wanted = canonicalIp(address)
  const link = readNetns(rootNetns).links.find(({ addresses }) =>
    addresses.some((cidr) => cidr.replace(/\/\d+$/, '') === wanted),
  )
  if (link) return { device: link, internal: link.name === 'lo' }
  // Addresses the kernel gave itself, 127.0.0.1 among them, are not in that reading.
  const name = Object.entries(networkInterfaces()).find(([, all]) => all?.some((item) => item.address === wanted))?.[0]
  const device = readLinks(rootNetns).find((item) => item.name === name)
  return device ? { device, internal: name === 'lo' } : null
}

/** Addresses others may reach, in no order. */
export function outerAddresses(): string[] {
  return readNetns(rootNetns).links.flatMap(({ name, addresses }) =>
    name === 'lo' ? [] : addresses.map((cidr) => cidr.replace(/\/\d+$/, '')),
  )
}
