import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configOf } from '#config/config.ts'
import { loadTypes } from '#ml2/types/load.ts'
import { ml2Options, tunnelRanges, vlanOptions, vlanRanges, vxlanOptions } from './options.ts'
import { largestMtu } from './segments.ts'

const refusals: [string, string, string, RegExp][] = [
  ['ml2_type_vxlan', 'vni_ranges', '100', /it is not min:max/],
  ['ml2_type_vxlan', 'vni_ranges', '200:100', /end of tunnel range is less than start/],
  ['ml2_type_vxlan', 'vni_ranges', '0:100', /ids are from 1 to 16777215/],
  ['ml2_type_vxlan', 'vni_ranges', '1:16777216', /ids are from 1 to 16777215/],
  ['ml2_type_vlan', 'network_vlan_ranges', 'physnet1:100', /Need exactly two values/],
  ['ml2_type_vlan', 'network_vlan_ranges', 'physnet1:1:4095', /4095 is not a valid VLAN tag/],
  ['ml2_type_vlan', 'network_vlan_ranges', 'physnet1:9:1', /End of VLAN range is less than start/],
  ['ml2_type_vlan', 'network_vlan_ranges', ':1:9', /Empty physical network name/],
  ['ml2', 'overlay_ip_version', '5', /it is neither 4 nor 6/],
  ['ml2', 'type_drivers', 'vxlan,token-ring', /there is no type driver token-ring/],
  ['ml2', 'mechanism_drivers', 'smoke-signals', /there is no mechanism driver smoke-signals/],
]

for (const [section, option, value, reason] of refusals) {
  test(`ml2 options: [${section}] ${option} = ${value} stops the start`, () => {
    const groups = [ml2Options, vlanOptions, vxlanOptions]
    assert.throws(() => configOf({ [section]: { [option]: value } }, groups), reason)
  })
}

test('ml2 options: ranges that touch or overlap are one', () => {
  assert.deepEqual(tunnelRanges(['10:20', '15:30', '31:40', '50:60']), [
    { first: 10n, last: 40n },
    { first: 50n, last: 60n },
  ])
  const vlans = vlanRanges(['physnet1:100:199', 'physnet2', 'physnet1:300:310'])
  assert.deepEqual(vlans.get('physnet1'), [
    { first: 100n, last: 199n },
    { first: 300n, last: 310n },
  ])
  assert.deepEqual(vlans.get('physnet2'), [])
})

const mtus: [object, string, string | null, number][] = [
  [{}, 'vxlan', null, 1450],
  [{}, 'gre', null, 1458],
  [{}, 'geneve', null, 1450],
  [{}, 'vlan', 'physnet1', 1500],
  [{}, 'local', null, 1500],
  [{ DEFAULT: { global_physnet_mtu: '9000' } }, 'vxlan', null, 8950],
  [{ DEFAULT: { global_physnet_mtu: '9000' }, ml2: { path_mtu: '1500' } }, 'vxlan', null, 1450],
  [{ ml2: { overlay_ip_version: '6' } }, 'geneve', null, 1430],
  [{ ml2_type_geneve: { max_header_size: '38' } }, 'geneve', null, 1442],
  [{ ml2: { physical_network_mtus: 'physnet1:1400' } }, 'flat', 'physnet1', 1400],
  [{ ml2: { physical_network_mtus: 'physnet1:9000' } }, 'flat', 'physnet1', 1500],
]

for (const [values, network_type, physical_network, expected] of mtus) {
  test(`ml2: a ${network_type} network with ${JSON.stringify(values)} carries ${expected} bytes`, () => {
    const config = configOf(values as never)
    const physicalMtu = 1500
    const types = { drivers: loadTypes(config), projectTypes: [], externalType: null, physicalMtu }
    assert.equal(largestMtu(types, [{ network_type, physical_network, segmentation_id: null }]), expected)
  })
}

test('ml2: a network that is carried in several ways carries what the narrowest does', () => {
  const drivers = loadTypes(configOf({ ml2: { physical_network_mtus: 'physnet1:1300' } }))
  const types = { drivers, projectTypes: [], externalType: null, physicalMtu: 1500 }
  const way = (network_type: string, physical_network: string | null = null) => ({
    network_type,
    physical_network,
    segmentation_id: null,
  })
  assert.equal(largestMtu(types, [way('vlan', 'physnet1'), way('vxlan')]), 1300)
  assert.equal(largestMtu(types, [way('vlan', 'physnet2'), way('vxlan')]), 1450)
  assert.equal(largestMtu(types, []), 1500)
})
