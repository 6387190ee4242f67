/** What is asked of both servers about whose ports have addresses where, how many are left, and availability zones. */
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const net = (network: object) => ({ network }) as never
const sub = (subnet: object) => ({ subnet }) as never
const on = (subnet: object) => sub({ network_id: '{n}', ip_version: 4, ...subnet })
const port = (values: object) => ({ port: { network_id: '{n}', ...values } }) as never

const serviceTypes: readonly Step[] = [
  post('/networks', net({ name: 'n' }), { save: 'n' }),
  ...[
    null,
    '',
    {},
    'compute:nova',
    5,
    ['foo'],
    [5],
    [null],
    [''],
    ['Network:dhcp'],
    ['octavia:x'],
    ['baremetal:x'],
  ].map((service_types) => post('/subnets', on({ cidr: '10.9.0.0/24', service_types }), { save: 'tried' })),
  del('/subnets/{tried}'),
  post('/subnets', on({ cidr: '10.0.0.0/24', service_types: ['compute:nova'] }), { save: 's1' }),
  post('/subnets', on({ cidr: '10.0.1.0/24', service_types: ['network:router_gateway', 'compute:b'] }), { save: 's2' }),
  get('/subnets/{s1}'),
  get('/subnets?service_types=compute:nova'),
  post('/ports', port({ device_owner: 'compute:nova' }), { save: 'p1' }),
  post('/ports', port({ device_owner: 'compute:b' }), { save: 'p2' }),
  post('/ports', port({ device_owner: 'compute:c' })),
  post('/ports', port({})),
  post('/ports', port({ fixed_ips: [] })),
  post('/ports', port({ device_owner: 'compute:nova', fixed_ips: [{ subnet_id: '{s2}' }] })),
  post('/ports', port({ device_owner: 'compute:nova', fixed_ips: [{ ip_address: '10.0.1.9' }] })),
  post('/ports', port({ device_owner: 'compute:nova', fixed_ips: [{ subnet_id: '{missing}' }] })),
  post('/ports', port({ device_owner: 'network:dhcp', fixed_ips: [{ subnet_id: '{s2}' }] }), { ...admin, save: 'pd' }),
  put('/subnets/{s1}', sub({ service_types: ['network:dhcp'] })),
  put('/subnets/{s1}', sub({ service_types: ['bar'] })),
  put('/subnets/{s1}', sub({ service_types: [] }), { as: 'other' }),
  put('/ports/{p1}', { port: { fixed_ips: [{ subnet_id: '{s1}' }] } } as never),
  put('/ports/{p1}', { port: { fixed_ips: [{ subnet_id: '{s1}' }, { subnet_id: '{s1}' }] } } as never),
  put('/ports/{p1}', { port: { fixed_ips: [] } } as never),
  put('/ports/{p1}', { port: { name: 'kept' } } as never),
  put('/subnets/{s1}', sub({ service_types: [] })),
  post('/ports', port({ device_owner: 'compute:c', fixed_ips: [{ subnet_id: '{s1}' }] }), { save: 'p3' }),
  ...['p1', 'p2', 'p3', 'pd'].map((id) => del(`/ports/{${id}}`, admin)),
  del('/networks/{n}'),
]

const ipAvailability: readonly Step[] = [
  post('/networks', net({ name: 'left' }), { save: 'n' }),
  post('/networks', net({ name: 'bare' }), { save: 'b' }),
  get('/network-ip-availabilities/{b}', admin),
  post('/subnets', on({ cidr: '10.0.0.0/24', name: 'four' }), { save: 's4' }),
  post('/subnets', on({ cidr: 'fd00::/64', ip_version: 6, name: 'six' }), { save: 's6' }),
  post('/subnets', on({ cidr: '10.1.0.0/24', allocation_pools: [{ start: '10.1.0.5', end: '10.1.0.9' }] })),
  post('/ports', port({ fixed_ips: [{ subnet_id: '{s4}' }] }), { save: 'p' }),
  post('/ports', port({ fixed_ips: [{ ip_address: '10.0.0.1' }] }), { save: 'q' }),
  get('/network-ip-availabilities/{n}', admin),
  get('/network-ip-availabilities/{n}?fields=network_name&fields=used_ips', admin),
  get('/network-ip-availabilities/{n}'),
  get('/network-ip-availabilities/{n}', { as: 'other' }),
  get('/network-ip-availabilities/{missing}', admin),
  get('/network-ip-availabilities'),
  get('/network-ip-availabilities?network_id={n}', admin),
  get('/network-ip-availabilities?network_name=bare', admin),
  get('/network-ip-availabilities?network_id={n}&ip_version=4', admin),
  get('/network-ip-availabilities?network_id={n}&ip_version=6&fields=total_ips', admin),
  get('/network-ip-availabilities?network_id={b}&ip_version=6', admin),
  get('/network-ip-availabilities?tenant_id=ipAvailability-member&fields=network_name', admin),
  get('/network-ip-availabilities?project_id=nobody', admin),
  get('/network-ip-availabilities?cidr=x', admin),
  get('/network-ip-availabilities?used_ips=1', admin),
  get('/network-ip-availabilities?network_id={n}&limit=1', admin),
  get('/network-ip-availabilities?sort_key=network_name&sort_dir=asc', admin),
  post('/network-ip-availabilities', { network_ip_availability: {} }, admin),
  put('/network-ip-availabilities/{n}', { network_ip_availability: {} }, admin),
  del('/network-ip-availabilities/{n}', admin),
  del('/ports/{p}'),
  del('/ports/{q}'),
  del('/networks/{n}'),
  del('/networks/{b}'),
]

const hinted = (resource: string, availability_zone_hints: unknown) =>
  ({ [resource]: { name: 'z', availability_zone_hints } }) as never

const zones: readonly Step[] = [
  get('/availability_zones'),
  get('/availability_zones?resource=network'),
  get('/availability_zones?state=unavailable'),
  get('/availability_zones?name=none'),
  get('/availability_zones?fields=name'),
  get('/availability_zones?bogus=1'),
  ...['network', 'router'].flatMap((resource) => [
    ...[['nova'], [], null, 'nova', ['nova', 'nova'], ['elsewhere'], [5], ['']].map((hints) =>
      post(`/${resource}s`, hinted(resource, hints), { save: `${resource}made` }),
    ),
    post(
      `/${resource}s`,
      hinted(
        resource,
        Array.from({ length: 80 }, (_, index) => `z${index}`),
      ),
    ),
    get(`/${resource}s?name=z`),
    get(`/${resource}s?availability_zone_hints=nova`),
    put(`/${resource}s/{${resource}made}`, hinted(resource, ['nova'])),
  ]),
  post('/networks', hinted('network', ['nova']), { save: 'n' }),
  post('/subnets', on({ cidr: '10.0.0.0/24' })),
  get('/networks/{n}'),
  get('/networks/{n}?fields=availability_zones'),
]

export default { serviceTypes, ipAvailability, zones: { steps: zones, agents: true } } satisfies Scenarios
