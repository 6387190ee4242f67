/** `network-ip-availability` as data. Source: Networking API v2.0, "Network IP availability". */
import { defineExtension } from '#resource/definition.ts'

export default defineExtension({
  alias: 'network-ip-availability',
  name: 'Network IP Availability',
  description: 'Provides IP availability data for each network and subnet.',
  updated: '2015-09-24T00:00:00-00:00',
  requires: ['network', 'subnet'],

  resources: [
    {
      name: 'network_ip_availability',
      collection: 'network_ip_availabilities',
      key: 'network_id',
      methods: ['list', 'show'],
      notFound: { type: 'NetworkNotFound', text: 'Network %(id)s could not be found.' },
      attributes: {
        network_id: { type: 'uuid', query: 'filter sort' },
        network_name: { type: 'string', query: 'filter' },
        project_id: { type: 'string', query: 'filter' },
        total_ips: { type: 'any', help: 'Addresses in the pools of its subnets, exact however many.' },
        used_ips: { type: 'integer', help: 'Addresses that ports have.' },
        subnet_ip_availability: { type: 'any', help: 'The same for each subnet.' },
        ip_availability_details: { type: 'any', help: 'The same for whole subnets and for their pools alone.' },
        ip_version: {
          type: 'any',
          query: 'filter',
          hidden: true,
          help: 'Only networks with such subnets, only those.',
        },
      },
    },
  ],
  announces: [
    {
      alias: 'network-ip-availability-details',
      name: 'Network IP Availability Details Extension',
      description: 'Add ip_availability_details attribute to network-ip-availabilities resource.',
      updated: '2025-10-31T00:00:00-00:00',
    },
  ],
})
