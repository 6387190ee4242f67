/**
 * What an instance finds at the metadata address: the OpenStack tree and the EC2 tree, as paths and bodies. Pure.
 * Source: Nova's user guide, "Metadata"; Amazon EC2's instance metadata, versions up to 2009-04-04.
 */
import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '#base/json.ts'
import type { InstanceRecord } from './record.ts'

export interface Page {
  readonly type: string
  readonly body: string
}

/** A directory is listed by its names; a leaf is a page or null when the instance has none. */
type Tree = { readonly [name: string]: Tree | Page | null }

const EC2_VERSIONS = [
  '1.0',
  '2007-01-19',
  '2007-03-01',
  '2007-08-29',
  '2007-10-10',
  '2007-12-15',
  '2008-02-01',
  '2008-09-01',
  '2009-04-04',
]
const OPENSTACK_VERSIONS = [
  '2012-08-10',
  '2013-04-04',
  '2013-10-17',
  '2015-10-15',
  '2016-06-30',
  '2016-10-06',
  '2017-02-22',
  '2018-08-27',
  '2020-10-14',
]
const DOMAIN = 'novalocal'

/** Null when there is nothing at that path. A path ends in a slash or not, as clients like. */
export function pageAt(path: string, instance: InstanceRecord): Page | null {
  const parts = path.split('/').filter((part) => part !== '')
  if (parts[0] === 'openstack') return openstackPage(parts.slice(1), instance)
  if (parts.length === 0) return list([...EC2_VERSIONS, 'latest'])
  if (parts[0] !== 'latest' && !EC2_VERSIONS.includes(parts[0]!)) return null
  return walk(ec2Tree(instance), parts.slice(1))
}

function openstackPage([version, ...rest]: readonly string[], instance: InstanceRecord): Page | null {
  if (version === undefined) return list([...OPENSTACK_VERSIONS, 'latest'])
  if (version !== 'latest' && !OPENSTACK_VERSIONS.includes(version)) return null
  return walk(openstackTree(instance), rest)
}

function openstackTree(instance: InstanceRecord): Tree {
  return {
    'meta_data.json': json(metaData(instance)),
    user_data: userData(instance),
    'vendor_data.json': json({}),
    'network_data.json': json(networkData(instance)),
    'vendor_data2.json': json({}),
  }
}

function metaData({ id, name, project_id, keys }: InstanceRecord): JsonObject {
  const list = Object.entries(keys).map(([key, data]) => ({ name: key, type: 'ssh', data }))
  return {
    uuid: id,
    name,
    hostname: `${name}.${DOMAIN}`,
    project_id,
    availability_zone: 'nova',
    launch_index: 0,
    meta: {},
    devices: [],
    dedicated_cpus: [],
    ...(list.length > 0 && { public_keys: keys, keys: list }),
  }
}

function networkData({ port_id, network_id, mac, mtu, device }: InstanceRecord): JsonObject {
  return {
    links: [{ id: device, vif_id: port_id, type: 'ovs', mtu, ethernet_mac_address: mac }],
    networks: [{ id: 'network0', type: 'ipv4_dhcp', link: device, network_id }],
    services: [],
  }
}

function ec2Tree(instance: InstanceRecord): Tree {
  const { id, name, fixed_ips, keys, security_groups } = instance
  const number = (from: string) => createHash('sha256').update(from).digest('hex').slice(0, 8)
  const names = Object.entries(keys)
  return {
    'meta-data': {
      'ami-id': text(`ami-${number('image')}`),
      'ami-launch-index': text('0'),
      'ami-manifest-path': text('lab'),
      'block-device-mapping': { ami: text('vda'), root: text('/dev/vda') },
      hostname: text(`${name}.${DOMAIN}`),
      'instance-action': text('none'),
      'instance-id': text(`i-${number(id)}`),
      'instance-type': text('lab'),
      'local-hostname': text(`${name}.${DOMAIN}`),
      'local-ipv4': text(fixed_ips.find((ip) => !ip.includes(':')) ?? ''),
      placement: { 'availability-zone': text('nova') },
      'public-hostname': text(`${name}.${DOMAIN}`),
      'public-ipv4': text(''),
      ...(names.length > 0 && {
        'public-keys': Object.fromEntries(
          names.map(([key, data], index) => [`${index}=${key}`, { 'openssh-key': text(data) }]),
        ),
      }),
      'reservation-id': text(`r-${number(name)}`),
      'security-groups': text(security_groups.join('\n')),
    },
    'user-data': userData(instance),
  }
}

function userData({ user_data }: InstanceRecord): Page | null {
  return user_data === null ? null : { type: 'application/octet-stream', body: user_data }
}

function walk(tree: Tree, [name, ...rest]: readonly string[]): Page | null {
  if (name === undefined) return listing(tree)
  // A key is listed as `0=name` and asked for as `0`.
  const found = tree[name] ?? Object.entries(tree).find(([key]) => key.split('=')[0] === name)?.[1]
  if (!found) return null
  if (isPage(found)) return rest.length === 0 ? found : null
  return walk(found, rest)
}

function listing(tree: Tree): Page {
  const names = Object.entries(tree).flatMap(([name, entry]) => {
    if (entry === null) return []
    return isPage(entry) || name.includes('=') ? [name] : [`${name}/`]
  })
  return list(names)
}

function isPage(entry: Tree | Page): entry is Page {
  return typeof entry.body === 'string'
}

function list(names: readonly string[]): Page {
  return text(names.join('\n'))
}

function text(body: string): Page {
  return { type: 'text/plain; charset=UTF-8', body }
}

function json(value: Json): Page {
  return { type: 'application/json', body: JSON.stringify(value) }
}
