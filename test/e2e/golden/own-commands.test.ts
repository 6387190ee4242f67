/** Commands that upstream's never had, each against a real server: what they print, and how they refuse. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, openOurs } from './clients.ts'
import { words } from './topic.ts'
import { fill, startWorld, type World } from './world.ts'

/** A command line; what its output, or (with `fails`) its complaint, matches; under which name the id it prints is kept. */
interface Step {
  readonly run: string
  readonly says: RegExp
  readonly as?: string
  readonly fails?: true
}

const STORIES: Readonly<Record<string, readonly Step[]>> = {
  'address groups': [
    { run: 'address-group-create ag --address 10.0.0.0/8 --address 192.0.2.0/24', says: /Created a new address_group/ },
    { run: 'address-group-address-add ag 198.51.100.0/24 -f json -c addresses', says: /198\.51\.100\.0\/24/ },
    { run: 'address-group-address-remove ag 10.0.0.0/8 192.0.2.0/24 -f value -c addresses', says: /^.'198[^,]*\n$/ },
    { run: 'address-group-address-add ag', says: /arguments are required: ADDRESS/, fails: true },
    { run: 'address-group-address-add ag nonsense', says: /invalid IPNetwork nonsense/, fails: true },
    { run: 'address-group-list -c name -c addresses', says: /ag .*198\.51\.100\.0\/24/ },
    { run: 'address-group-update ag --name group', says: /^Updated address_group: ag\n$/ },
    { run: 'address-group-delete group', says: /^Deleted address_group\(s\): group\n$/ },
  ],
  'segments and their ranges': [
    {
      run: 'segment-create {spaced} --network-type vlan --physical-network public --segmentation-id 177 --name seg',
      says: /segmentation_id +\| 177/,
    },
    { run: 'segment-list --name seg -c name -c segmentation_id -f csv', says: /"seg",177/ },
    { run: 'segment-update seg --description two', says: /Updated segment: seg/ },
    { run: 'segment-create red', says: /arguments are required: --network-type/, fails: true },
    { run: 'segment-delete seg', says: /Deleted segment\(s\): seg/ },
    {
      run: 'network-segment-range-create r --network-type vxlan --minimum 200000 --maximum 200001 -f json -c available',
      says: /200000,\s+200001/,
    },
    { run: 'network-segment-range-update r --maximum 200002', says: /Updated network_segment_range: r/ },
    { run: 'network-segment-range-list -c name -c maximum -f csv', says: /"r",200002/ },
    { run: 'network-segment-range-delete r', says: /Deleted/ },
  ],
  'port forwardings of a floating IP': [
    {
      run:
        'port-forwarding-create {spare} --port rich --internal-ip-address 10.1.0.12 --protocol tcp ' +
        '--external-port 8080 --internal-port 80',
      says: /external_port +\| 8080/,
      as: 'forwarding',
    },
    { run: 'port-forwarding-list {spare} -c protocol -c external_port -f csv', says: /"tcp",8080/ },
    { run: 'port-forwarding-update {spare} {forwarding} --external-port 8081', says: /Updated port_forwarding/ },
    { run: 'port-forwarding-show {spare} {forwarding} -f value -c external_port', says: /^8081\n$/ },
    { run: 'port-forwarding-show {spare} {gate}', says: /could not be found/, fails: true },
    { run: 'port-forwarding-create {spare} --port nothing', says: /arguments are required/, fails: true },
    { run: 'port-forwarding-delete {spare} {forwarding}', says: /Deleted/ },
  ],
  'bindings of a port': [
    { run: 'port-binding-create rich host-1 --profile a=b', says: /status +\| INACTIVE/ },
    { run: 'port-binding-list rich -c host -c status -f csv --sort-column host', says: /"host-1","INACTIVE"/ },
    { run: 'port-binding-activate rich host-1', says: /ACTIVE/ },
    { run: 'port-binding-delete rich nowhere', says: /Deleted/ },
    { run: 'port-binding-show rich nowhere', says: /could not be found/, fails: true },
  ],
  'what security groups begin with': [
    {
      run: 'default-security-group-rule-create --protocol tcp --port-range-min 22 --port-range-max 22 --used-in-default-sg True',
      says: /used_in_default_sg +\| True/,
      as: 'begin',
    },
    { run: 'default-security-group-rule-list -c protocol -c port_range_min -f csv', says: /"tcp",22/ },
    { run: 'default-security-group-rule-delete {begin}', says: /Deleted/ },
    { run: 'security-group-default-statefulness-create --stateful False', says: /stateful +\| False/, as: 'state' },
    { run: 'security-group-default-statefulness-update {state} --stateful True', says: /Updated/ },
    { run: 'security-group-default-statefulness-delete {state}', says: /Deleted/ },
  ],
  'routers and pools, a part at a time': [
    { run: 'router-route-add gate destination=10.99.0.0/16,nexthop=10.1.0.77 -f json -c routes', says: /10\.99\.0\.0/ },
    { run: 'router-route-remove gate destination=10.99.0.0/16,nexthop=10.1.0.77 -c routes', says: /10\.7\.0\.0/ },
    { run: 'router-route-add gate destination=10.99.0.0/16', says: /Required key\(s\) 'nexthop'/, fails: true },
    {
      run: 'router-gateway-add gate public --fixed-ip ip_address=172.24.4.66 -f json -c external_gateways',
      says: /172\.24\.4\.10"[\s\S]*172\.24\.4\.66"/,
    },
    { run: 'router-gateway-remove gate public --fixed-ip ip_address=172.24.4.66', says: /172\.24\.4\.10"/ },
    { run: 'subnetpool-prefix-add pool 10.70.0.0/16 -f json', says: /10\.70\.0\.0\/16/ },
    { run: 'subnetpool-prefix-remove pool 10.70.0.0/16', says: /10\.64\.0\.0\/16/ },
    { run: 'floatingip-associate {spare} rich --fixed-ip-address 10.1.0.12', says: /Associated floating IP/ },
    { run: 'floatingip-update {spare} --description words', says: /Updated floatingip/ },
    {
      run: 'rbac-create scope-six --type address-scope --action access_as_shared -c object_type',
      says: /address_scope/,
    },
  ],
}

let world: World
let ours: Client

before(async () => {
  ours = openOurs()
  world = await startWorld()
})
after(async () => {
  await ours[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

for (const [title, steps] of Object.entries(STORIES)) {
  test(`neutron: ${title}`, async () => {
    const ids = new Map(world.ids)
    for (const { run, says, as, fails } of steps) {
      const argv = words(run).map((word) => fill(word, ids))
      const { status, out, err } = await ours.run(argv, world.env('admin'))
      assert.match(fails ? err : out, says, `${run}\n${out}${err}`)
      assert.equal(status === 0, fails !== true, run)
      const id = /^\W*id\W+([0-9a-f-]{36})\b/m.exec(out)?.[1]
      if (as !== undefined) ids.set(as, id!)
    }
  })
}
