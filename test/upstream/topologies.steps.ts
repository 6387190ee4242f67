/** What is asked of both servers about auto-allocated topologies and the default external network. */
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const net = (network: object) => ({ network }) as never
const pool = (subnetpool: object) => ({ subnetpool }) as never
const own = '/auto-allocated-topology/topologies-member'

const topologies: readonly Step[] = [
  get(own),
  get(`${own}?fields=dry-run`),
  get('/auto-allocated-topology/topologies-other'),
  get('/auto-allocated-topology'),
  post('/networks', net({ name: 'in', is_default: true }), admin),
  post('/networks', net({ name: 'in', is_default: true })),
  post('/networks', net({ name: 'in' }), { save: 'in' }),
  get('/networks/{in}'),
  put('/networks/{in}', net({ is_default: true })),
  post('/networks', net({ name: 'ext', 'router:external': true, is_default: 'maybe' }), admin),
  post('/networks', net({ name: 'ext', 'router:external': true, is_default: true }), { ...admin, save: 'ext' }),
  post('/networks', net({ name: 'ext2', 'router:external': true, is_default: true }), admin),
  post('/networks', net({ name: 'ext2', 'router:external': true }), { ...admin, save: 'ext2' }),
  put('/networks/{ext2}', net({ is_default: true }), admin),
  put('/networks/{ext}', net({ is_default: true }), admin),
  put('/networks/{ext}', net({ description: 'x' }), admin),
  get('/networks?is_default=true&fields=name', admin),
  get('/networks?is_default=false&fields=name', admin),
  get('/networks/{ext}'),
  get(`${own}?fields=dry-run`),
  post('/subnets', { subnet: { network_id: '{ext}', ip_version: 4, cidr: '203.0.113.0/24' } } as never, admin),
  post(
    '/subnetpools',
    pool({ name: 'p', prefixes: ['10.0.0.0/8'], default_prefixlen: 26, is_default: true, shared: true }),
    { ...admin, save: 'p' },
  ),
  get(`${own}?fields=dry-run`),
  get(`${own}?fields=id`),
  get(own, { save: 't' }),
  get(own),
  get('/auto-allocated-topology/None'),
  get('/networks?name=auto_allocated_network'),
  get('/subnets?name=auto_allocated_subnet_v4&fields=name&fields=subnetpool_id'),
  get('/routers?name=auto_allocated_router&fields=name&fields=admin_state_up'),
  put(own, { auto_allocated_topology: {} }),
  post('/auto-allocated-topology', { auto_allocated_topology: {} }),
  del('/auto-allocated-topology/topologies-other'),
  del(own),
  get('/networks?name=auto_allocated_network'),
  put('/networks/{ext}', net({ is_default: false }), admin),
  get(own),
  del('/networks/{ext}', admin),
  del('/networks/{ext2}', admin),
  del('/networks/{in}'),
  del('/subnetpools/{p}', admin),
]

export default { topologies } satisfies Scenarios
