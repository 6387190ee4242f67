/**
 * Commands of Debian's client for resources that the server does not have, by how their names begin, each with whose
 * they are. Once the server has them, our command has them too and a test fails here.
 */
export const LACKING: Readonly<Record<string, string>> = {
  'bgp-': 'dynamic routing',
  'gateway-device-': 'layer 2 gateways of a vendor',
  'net-gateway-': 'layer 2 gateways of a vendor',
  'firewall-': 'firewall as a service',
  'ipsec-site-connection-': 'VPN as a service',
  'vpn-': 'VPN as a service',
  'lb-': 'load balancing as a service',
  'lbaas-': 'load balancing as a service',
  'meter-label-': 'metering',
  'qos-': 'quality of service',
}
