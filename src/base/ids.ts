/** Identifiers of resources and requests. Source: RFC 9562; "X-Openstack-Request-Id" of the API reference. */
import { createHash, randomUUID } from 'node:crypto'

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i

export function newId(): string {
  return randomUUID()
}

export function newRequestId(): string {
  return `req-${randomUUID()}`
}

/** Whether the text is a UUID, with or without dashes, in either case, as upstream's validator has it. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** RFC 9562 version 5 within the DNS name space: what a DHCP agent derives its ports' device_id from. */
export function uuid5Dns(name: string): string {
  const space = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex')
  const hash = createHash('sha1').update(space).update(name).digest().subarray(0, 16)
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
