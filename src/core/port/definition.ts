/** `port` as data: what the API accepts, shows and sorts by. Source: Networking API v2.0, "Ports". */
import { isJsonObject, type Json } from '#base/json.ts'
import { defineExtension, identity, Refusal, standard, tagged } from '#resource/definition.ts'
import { compileType, said } from '#resource/types.ts'

const toIp = compileType('ip')
const toUuid = compileType('uuid')

export default defineExtension({
  alias: 'port',
  name: 'Neutron Port',
  description: 'Network port abstraction',
  updated: '2012-01-01T10:00:00-00:00',
  requires: ['subnet'],
  unlisted: true,

  resources: [
    {
      name: 'port',
      collection: 'ports',
      notFound: { type: 'PortNotFound', text: 'Port %(id)s could not be found.' },
      quota: { default: 500 },
      attributes: {
        ...identity,
        ...standard,
        tags: { ...tagged.tags, allow: 'post' },
        network_id: { type: 'uuid', allow: 'post', query: 'filter sort' },
        admin_state_up: { type: 'boolean', allow: 'post put', default: true, query: 'filter sort' },
        mac_address: {
          type: 'mac?',
          allow: 'post put',
          optional: true,
          query: 'filter sort',
          policy: 'enforce',
          help: 'Null on update asks for a new one.',
        },
        fixed_ips: {
          type: {
            check: fixedIps,
            as: { list: { dict: { subnet_id: { type: 'uuid' }, ip_address: { type: 'ip' } } } },
          },
          allow: 'post put',
          optional: true,
          query: 'filter',
          policy: 'enforce',
          help: 'Not sent: an address of each family; empty: none.',
        },
        device_id: { type: 'string', allow: 'post put', default: '', query: 'filter sort', policy: 'enforce' },
        device_owner: { type: 'string', allow: 'post put', default: '', query: 'filter sort', policy: 'enforce' },
        status: { type: 'any', query: 'filter sort', help: 'ACTIVE, DOWN, BUILD, ERROR or N/A.' },
      },
    },
  ],
  announces: [
    {
      alias: 'port-mac-address-regenerate',
      name: 'Neutron Port MAC address regenerate',
      description: 'Network port MAC address regenerate',
      updated: '2018-05-03T10:00:00-00:00',
    },
    {
      alias: 'ip-substring-filtering',
      name: 'IP address substring filtering',
      description: 'Provides IP address substring filtering when listing ports',
      updated: '2017-11-28T09:00:00-00:00',
    },
  ],
})

function fixedIps(value: Json): Json {
  if (!Array.isArray(value)) throw new Refusal(`Invalid data format for fixed IP: '${said(value)}'`)
  const seen = new Set<Json>()
  return (value as readonly Json[]).map((item) => {
    if (!isJsonObject(item)) throw new Refusal(`Invalid data format for fixed IP: '${said(item)}'`)
    const wanted: { ip_address?: Json; subnet_id?: Json } = {}
    if (item.ip_address !== undefined) {
      wanted.ip_address = toIp(item.ip_address)
      if (seen.has(wanted.ip_address)) throw new Refusal(`Duplicate IP address '${said(item.ip_address)}'`)
      seen.add(wanted.ip_address)
    }
    if (item.subnet_id !== undefined) wanted.subnet_id = toUuid(item.subnet_id)
    return wanted
  })
}
