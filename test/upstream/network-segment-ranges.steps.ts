/** What is asked of both servers about ranges of ids that networks may be given. */
import type { JsonObject } from '#base/json.ts'
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const range = (values: object) => ({ network_segment_range: values }) as unknown as JsonObject
const net = (network: object) => ({ network }) as unknown as JsonObject
const vxlan = { network_type: 'vxlan', shared: false }

const ranges: readonly Step[] = [
  get('/network_segment_ranges?network_type=vlan&fields=minimum&fields=maximum&fields=default', admin),
  get('/network_segment_ranges'),
  get('/network-segment-ranges?network_type=gre', admin),
  post(
    '/network_segment_ranges',
    range({ ...vxlan, minimum: 5001, maximum: 5003, project_id: 'ranges-member', name: 'r' }),
    {
      ...admin,
      save: 'r',
    },
  ),
  get('/network_segment_ranges/{r}', admin),
  get('/network_segment_ranges/{r}'),
  post('/network_segment_ranges', range({ ...vxlan, minimum: 5003, maximum: 5009, project_id: 'x' }), admin),
  post('/network_segment_ranges', range({ network_type: 'vxlan', minimum: 6001, maximum: 6001 }), {
    ...admin,
    save: 's',
  }),
  post('/network_segment_ranges', range({ ...vxlan, minimum: 7001, maximum: 7002 }), { ...admin, save: 'own' }),
  post('/network_segment_ranges', range({ network_type: 'vlan', minimum: 10, maximum: 12 }), admin),
  post(
    '/network_segment_ranges',
    range({
      network_type: 'vlan',
      physical_network: 'physnet5',
      minimum: 10,
      maximum: 10,
      shared: false,
      project_id: 'p',
    }),
    { ...admin, save: 'v' },
  ),
  post('/network_segment_ranges', range({ network_type: 'flat', minimum: 10, maximum: 12 }), admin),
  post('/network_segment_ranges', range({ minimum: 10, maximum: 12 }), admin),
  post('/network_segment_ranges', range({ network_type: 'gre', maximum: 12 }), admin),
  post('/network_segment_ranges', range({ network_type: 'gre', minimum: 0, maximum: 12 }), admin),
  post('/network_segment_ranges', range({ network_type: 'gre', minimum: 'x', maximum: 12 }), admin),
  post('/network_segment_ranges', range({ network_type: 'gre', minimum: 12, maximum: 10 }), admin),
  post(
    '/network_segment_ranges',
    range({ network_type: 'vlan', physical_network: 'physnet5', minimum: 4000, maximum: 5000 }),
    admin,
  ),
  post('/network_segment_ranges', range({ network_type: 'geneve', minimum: 1, maximum: 3, physical_network: '' }), {
    ...admin,
    save: 'g',
  }),
  post('/network_segment_ranges', range({ network_type: 'gre', minimum: 1, maximum: 3, default: true }), admin),
  post('/network_segment_ranges', range({ network_type: 'gre', minimum: 1, maximum: 3, used: {} }), admin),
  post('/network_segment_ranges', range({ ...vxlan, minimum: 1, maximum: 3 })),
  post('/networks', net({ name: 'a' }), { save: 'a' }),
  post('/networks', net({ name: 'b' }), { save: 'b' }),
  post('/networks', net({ name: 'c' }), { save: 'c' }),
  get('/network_segment_ranges/{r}', admin),
  get('/network_segment_ranges?name=r&fields=used&fields=available', admin),
  put('/network_segment_ranges/{r}', range({ minimum: 5002 }), admin),
  put('/network_segment_ranges/{r}', range({ maximum: 5002 }), admin),
  put('/network_segment_ranges/{r}', range({ minimum: 4990, maximum: 5010 }), admin),
  put('/network_segment_ranges/{r}', range({ minimum: 'x' }), admin),
  put('/network_segment_ranges/{r}', range({ shared: true }), admin),
  put('/network_segment_ranges/{r}', range({ network_type: 'gre' }), admin),
  put('/network_segment_ranges/{r}', range({ name: 'x' })),
  put('/network_segment_ranges/{missing}', range({ name: 'x' }), admin),
  put('/network_segment_ranges/{s}', range({ name: 'renamed', minimum: 6001, maximum: 6005 }), admin),
  put('/network_segment_ranges/{s}', range({ minimum: 6009 }), admin),
  del('/network_segment_ranges/{r}', admin),
  del('/network_segment_ranges/{r}'),
  del('/networks/{a}'),
  del('/networks/{b}'),
  del('/networks/{c}'),
  del('/network_segment_ranges/{r}', admin),
  get('/network_segment_ranges/{r}', admin),
  del('/network_segment_ranges/{missing}', admin),
  put('/network_segment_ranges/{s}/tags/red', undefined, admin),
  get('/network_segment_ranges?tags=red&fields=tags', admin),
  del('/network_segment_ranges/{s}', admin),
  del('/network_segment_ranges/{g}', admin),
  post('/networks', net({ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet5' }), admin),
  post(
    '/networks',
    net({ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet5', project_id: 'p' }),
    { ...admin, save: 'pn' },
  ),
  get('/network_segment_ranges/{v}', admin),
  del('/networks/{pn}', admin),
  del('/network_segment_ranges/{v}', admin),
  del('/network_segment_ranges/{own}', admin),
]

export default { ranges } satisfies Scenarios
