/** What is asked of both servers about port forwardings of floating IPs, and the pools floating IPs come from. */
import { del, get, post, put, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const other = { as: 'other' } as const
const reader = { as: 'reader' } as const
const one = (port_forwarding: object) => ({ port_forwarding }) as never
const PATH = '/floatingips/{f}/port_forwardings'
const ssh = {
  internal_port_id: '{p}',
  internal_ip_address: '10.0.0.20',
  internal_port: 22,
  external_port: 2222,
  protocol: 'tcp',
}
const ranges = (external_port_range: unknown, internal_port_range: unknown, more: object = {}) =>
  one({
    internal_port_id: '{p}',
    internal_ip_address: '10.0.0.20',
    protocol: 'tcp',
    external_port_range,
    internal_port_range,
    ...more,
  })

const ground: readonly Step[] = [
  post('/networks', { network: { name: 'ext', 'router:external': true } }, { as: 'admin', save: 'ext' }),
  post(
    '/subnets',
    { subnet: { network_id: '{ext}', cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false } },
    { as: 'admin', save: 'exts' },
  ),
  post('/networks', { network: { name: 'n' } }, { save: 'n' }),
  post('/subnets', { subnet: { network_id: '{n}', cidr: '10.0.0.0/24', ip_version: 4 } }, { save: 's' }),
  post('/routers', { router: { external_gateway_info: { network_id: '{ext}' } } }, { save: 'r' }),
  put('/routers/{r}/add_router_interface', { subnet_id: '{s}' }),
  post('/ports', { port: { network_id: '{n}', fixed_ips: [{ ip_address: '10.0.0.20' }] } }, { save: 'p' }),
  post('/ports', { port: { network_id: '{n}', fixed_ips: [{ ip_address: '10.0.0.21' }] } }, { save: 'q' }),
  post('/floatingips', { floatingip: { floating_network_id: '{ext}' } }, { save: 'f' }),
]

const forwarding: readonly Step[] = [
  ...ground,
  get(PATH),
  get(PATH, other),
  get('/floatingips/{missing}/port_forwardings'),
  post(PATH, one(ssh), { save: 'a' }),
  get(`${PATH}/{a}`),
  get(`${PATH}/{a}`, admin),
  get(`${PATH}/{a}`, reader),
  get(`${PATH}/{a}`, other),
  get(`${PATH}/{missing}`),
  get('/floatingips/{f}'),
  post(PATH, one({ ...ssh, external_port: 2223, internal_port: 23, description: 'second', protocol: 'udp' }), {
    save: 'b',
  }),
  get(`${PATH}?protocol=udp`),
  get(`${PATH}?external_port=2222&fields=id&fields=external_port`),
  get(`${PATH}?internal_port_id={p}&sort_key=protocol&sort_dir=desc&limit=1`),
  get(`${PATH}?description=second`),
  get(`${PATH}?internal_port=22`),
  get(`${PATH}?internal_ip_address=10.0.0.20`),
  get(`${PATH}?external_port_range=2222:2222`),
  get(`${PATH}?nonsense=1`),
  post(PATH, one({ ...ssh, internal_port: 24 })),
  post(PATH, one({ ...ssh, external_port: 2224 })),
  post(PATH, one({ ...ssh, internal_port_id: '{q}' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, internal_port_id: '{missing}' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, internal_ip_address: '10.0.0.99' })),
  post(PATH, one({ ...ssh, external_port: 0, internal_port: 1 })),
  post(PATH, one({ ...ssh, external_port: 65536, internal_port: 1 })),
  post(PATH, one({ ...ssh, external_port: 'x', internal_port: 1 })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, protocol: 'TCP' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, protocol: 6 })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, protocol: '6' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, protocol: 'gre' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, internal_port_id: 'x' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, internal_ip_address: 'x' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, floatingip_id: '{f}' })),
  post(PATH, one({ ...ssh, external_port: 1, internal_port: 1, description: 5 })),
  post(PATH, one({ internal_port: 1, external_port: 1 })),
  put(`${PATH}/{a}`, one({ internal_port: 25 })),
  put(`${PATH}/{a}`, one({ external_port: 2225, description: 'said' })),
  put(`${PATH}/{a}`, one({ internal_ip_address: '10.0.0.21' })),
  put(`${PATH}/{a}`, one({ internal_port_id: '{q}', internal_ip_address: '10.0.0.21' })),
  put(`${PATH}/{a}`, one({ internal_port: 65536 })),
  put(`${PATH}/{a}`, one({ id: '{missing}' })),
  put(`${PATH}/{a}`, one({ description: 'x' }), other),
  put(`${PATH}/{missing}`, one({ description: 'x' })),
  put(`${PATH}/{a}`, one({})),
  put(`${PATH}/{b}`, one({ protocol: 'tcp', external_port: 2225 })),
  del('/floatingips/{f}'),
  put('/floatingips/{f}', { floatingip: { port_id: '{q}' } }),
  put('/floatingips/{f}', { floatingip: { description: 'with forwardings' } }),
  put('/routers/{r}/remove_router_interface', { subnet_id: '{s}' }),
  put('/routers/{r}', { router: { external_gateway_info: null } }),
  post('/floatingips', { floatingip: { floating_network_id: '{ext}', port_id: '{q}' } }, { save: 'g' }),
  post('/floatingips/{g}/port_forwardings', one({ ...ssh, external_port: 1, internal_port: 1 })),
  post(
    PATH,
    one({ ...ssh, external_port: 9, internal_port: 9, internal_port_id: '{q}', internal_ip_address: '10.0.0.21' }),
  ),
  del(`${PATH}/{b}`, other),
  del(`${PATH}/{b}`),
  del(`${PATH}/{b}`),
  del(`${PATH}/{a}`),
  get('/floatingips/{f}'),
  del('/floatingips/{f}'),
]

const ranged: readonly Step[] = [
  ...ground,
  post(PATH, ranges('80:90', '8080:8090'), { save: 'a' }),
  get(`${PATH}/{a}`),
  get('/floatingips/{f}'),
  post(PATH, ranges('100:110', '50'), { save: 'b' }),
  post(PATH, ranges('85:86', '1:2')),
  post(PATH, ranges('1:2', '8085:8086')),
  post(PATH, ranges('1:2', '1:3')),
  post(PATH, ranges('1', '1:3')),
  post(PATH, ranges('3:1', '1:3')),
  post(PATH, ranges('1:2:3', '1:3')),
  post(PATH, ranges('0:2', '1:3')),
  post(PATH, ranges('x', '1')),
  post(PATH, ranges('1:', '1')),
  post(PATH, ranges('1:70000', '1')),
  post(PATH, ranges('7', '7'), { save: 'c' }),
  get(`${PATH}?external_port_range=80:90`),
  get(`${PATH}?external_port_range=7`),
  del(`${PATH}/{b}`),
  put(`${PATH}/{a}`, one({ external_port_range: '180:190' })),
  put(`${PATH}/{a}`, one({ external_port_range: '180:181', internal_port_range: '280:281' })),
  get(`${PATH}/{a}`),
  del('/ports/{p}'),
  get(PATH),
  get('/floatingips/{f}'),
]

const pools: readonly Step[] = [
  get('/floatingip-pools', admin),
  ...ground,
  get('/floatingip-pools?fields=network_id&fields=cidr&fields=subnet_id&fields=subnet_name'),
  get('/floatingip-pools?cidr=203.0.113.0/24'),
]

export default { forwarding, ranged, pools }
