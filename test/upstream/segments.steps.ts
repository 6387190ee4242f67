/** What is asked of both servers about networks carried in several ways, segments and the subnets on them. */
import type { JsonObject } from '#base/json.ts'
import { del, get, post, put, type Scenarios, type Step } from './both.ts'

const admin = { as: 'admin' } as const
const net = (network: object) => ({ network }) as unknown as JsonObject
const way = (type: string | null, physnet: string | null, id: unknown) => ({
  ...(type === null ? {} : { 'provider:network_type': type }),
  ...(physnet === null ? {} : { 'provider:physical_network': physnet }),
  ...(id === null ? {} : { 'provider:segmentation_id': id }),
})

const multi: readonly Step[] = [
  post('/networks', net({ segments: [way('vlan', 'physnet1', 150), way('vxlan', null, 900)] }), {
    ...admin,
    save: 'two',
  }),
  get('/networks/{two}', admin),
  get('/networks/{two}'),
  get('/networks?fields=segments&fields=provider:network_type&id={two}', admin),
  get('/networks?provider:network_type=vlan', admin),
  get('/networks?provider:segmentation_id=900', admin),
  get('/networks?provider:segmentation_id=901', admin),
  get('/networks?provider:physical_network=physnet1', admin),
  post('/networks', net({ segments: [way('vxlan', null, 900), way('vxlan', null, 901)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 150)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', null), way('gre', null, null)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 151)] }), { ...admin, save: 'one' }),
  get('/networks/{one}', admin),
  post('/networks', net({ segments: [] }), { ...admin, save: 'none' }),
  get('/networks?id={none}&fields=segments', admin),
  post('/networks', net({ segments: null }), admin),
  post('/networks', net({ segments: [way('vxlan', null, 902)], ...way('vxlan', null, 903) }), admin),
  post('/networks', net({ segments: [], ...way('vxlan', null, 903) }), admin),
  post('/networks', net({ segments: [way('vxlan', null, 902), way('vxlan', null, 902)] }), admin),
  post('/networks', net({ segments: [way(null, 'physnet1', 160)] }), admin),
  post('/networks', net({ segments: [way('pigeon', null, null)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 'x')] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', '162')] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 0)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'nowhere', 5)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 4095)] }), admin),
  post('/networks', net({ segments: [way('flat', 'physnet1', 5)] }), admin),
  post('/networks', net({ segments: [{ ...way('vlan', 'physnet1', 170), extra: 1 }] }), admin),
  post('/networks', net({ segments: [way('flat', 'physnet3', null), way('flat', 'physnet4', null)], mtu: 1500 }), {
    ...admin,
    save: 'flat',
  }),
  post('/networks', net({ segments: [way('flat', 'physnet4', null)] }), admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 171), way('vxlan', null, null)], mtu: 1500 }), admin),
  post('/networks', net({ segments: [way('vxlan', null, 910)] })),
  put('/networks/{two}', net({ ...way(null, null, 152) }), admin),
  put('/networks/{two}', net({ segments: [way('vxlan', null, 911)] }), admin),
  put('/networks/{two}', net({ segments: [] }), admin),
  put('/networks/{two}', net({ segments: [] })),
  put('/networks/{two}', net({ mtu: 1500 }), admin),
  put('/networks/{two}', net({ mtu: 1400 }), admin),
  put('/networks/{one}', net({ ...way(null, null, 153) }), admin),
  put('/networks/{one}', net({ ...way('vlan', 'physnet1', 154) }), admin),
  put('/networks/{one}', net({ ...way(null, null, 5000) }), admin),
  put('/networks/{one}', net({ ...way(null, null, 150) }), admin),
  get('/networks/{one}', admin),
  del('/networks/{two}', admin),
  post('/networks', net({ segments: [way('vlan', 'physnet1', 150)] }), admin),
]

export default { multi } satisfies Scenarios
