/**
 * `dns-integration` and what came after it as data: names of ports, domains of networks and ports, and which subnets'
 * addresses are to be published. The names of floating IPs are services/router's.
 * Source: Networking API v2.0, "DNS integration".
 */
import { defineExtension } from '#resource/definition.ts'
import { dnsDomain, dnsName } from '#resource/dns-names.ts'

const domain = (help: string) => ({ type: { check: dnsDomain }, allow: 'post put', default: '', help }) as const

export default defineExtension({
  alias: 'dns-integration',
  name: 'DNS Integration',
  description: 'Provides integration with DNS.',
  updated: '2015-08-15T18:00:00-00:00',
  requires: ['network', 'subnet', 'port'],

  extends: {
    port: {
      dns_name: {
        type: { check: dnsName },
        allow: 'post put',
        default: '',
        help: "The port's name within `[DEFAULT] dns_domain`; kept only when that is another than openstacklocal.",
      },
      dns_domain: domain('Where the name is to be published in place of the domain of the network.'),
      dns_assignment: { type: 'any', help: 'Each address with the host name and the whole name it is looked up by.' },
    },
    network: { dns_domain: domain("Where names of the network's ports are to be published.") },
    subnet: {
      dns_publish_fixed_ip: {
        type: 'boolean',
        allow: 'post put',
        default: false,
        help: "Whether addresses of the subnet are to be published, whatever the network's type.",
      },
    },
  },
  announces: [
    {
      alias: 'dns-domain-ports',
      name: 'dns_domain for ports',
      description: 'Allows the DNS domain to be specified for a network port.',
      updated: '2017-04-24T10:00:00-00:00',
    },
    {
      alias: 'subnet-dns-publish-fixed-ip',
      name: 'Subnet DNS publish fixed IP',
      description: 'Support choosing to publish DNS records for IPs from a subnet',
      updated: '2019-05-24T10:00:00-00:00',
    },
    {
      alias: 'dns-integration-domain-keywords',
      name: 'DNS domain names with keywords allowed',
      description:
        'Allows to use keywords like <project_id>, <project_name>, <user_id> and <user_name> as DNS domain name',
      updated: '2020-06-15T18:00:00-00:00',
    },
  ],
})
