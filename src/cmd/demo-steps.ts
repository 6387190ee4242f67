/** The steps of the demo, as data: each does something for real and answers what came of it, or throws what did not. */
import assert from 'node:assert/strict'
import type { JsonObject } from '#base/json.ts'
import { type DemoWorld, eventually, fetchFails, fetchPage, ping, pingFails } from './demo-world.ts'
import { PUBLIC } from './public-network.ts'

export interface DemoStep {
  readonly heading?: string
  readonly title: string
  readonly run: () => Promise<string>
}

interface Made {
  web: string
  db: string
  other: string
  router: JsonObject & { readonly id: string }
  group: string
  floating: JsonObject & { readonly id: string }
}

const WEB_CIDR = '10.10.1.0/24'
const DB_CIDR = '10.10.2.0/24'
const USER_DATA = '#!/bin/sh\necho hello from the user data\n'
const METADATA = 'http://169.254.169.254'

export function demoSteps(world: DemoWorld): readonly DemoStep[] {
  const made = {} as Made
  return [
    ...networks(world, made),
    ...addresses(world, made),
    ...paths(world),
    ...floating(world, made),
    ...apart(world, made),
  ]
}

function networks(world: DemoWorld, made: Made): DemoStep[] {
  const { member, admin } = world
  const withSubnet = async (api: typeof member, name: string, cidr: string) => {
    const network = await world.create(api, 'networks', { name })
    const subnet = { name: `${name}4`, network_id: network.id, ip_version: 4, cidr, dns_nameservers: ['192.0.2.53'] }
    return { network: network.id, subnet: (await world.create(api, 'subnets', subnet)).id }
  }
  return [
    {
      heading: 'Networks',
      title: 'two networks, a router between them and outside',
      run: async () => {
        const web = await withSubnet(member, 'web', WEB_CIDR)
        const db = await withSubnet(member, 'db', DB_CIDR)
        const [external] = await member.list('networks', { name: PUBLIC.name })
        const gateway = { external_gateway_info: { network_id: external!.id! } }
        made.router = await world.create(member, 'routers', { name: 'edge', ...gateway })
        for (const { subnet } of [web, db]) {
          await member.put(`/v2.0/routers/${made.router.id}/add_router_interface`, { subnet_id: subnet })
          const remove = `/v2.0/routers/${made.router.id}/remove_router_interface`
          world.onRemove(() => member.put(remove, { subnet_id: subnet }))
        }
        Object.assign(made, { web: web.network, db: db.network })
        return `web ${WEB_CIDR}, db ${DB_CIDR}, router at ${gatewayAddress(made)}`
      },
    },
    {
      title: 'another project has a network with the same CIDR',
      run: async () => {
        made.other = (await withSubnet(admin, 'other', WEB_CIDR)).network
        return `other ${WEB_CIDR}, project admin`
      },
    },
    {
      title: 'a security group that lets nothing in yet',
      run: async () => {
        const group = { name: 'web', description: 'what the world may ask of web servers' }
        made.group = (await world.create(member, 'security-groups', group)).id
        return 'group web'
      },
    },
  ]
}

const gatewayAddress = ({ router }: Made): string =>
  (router.external_gateway_info as unknown as { external_fixed_ips: { ip_address: string }[] }).external_fixed_ips[0]!
    .ip_address

function addresses(world: DemoWorld, made: Made): DemoStep[] {
  const { member, admin } = world
  const leased = (name: string, network: string) => {
    const { lease, fixed_ips } = world.instance(name)
    assert.deepEqual([lease!.address], fixed_ips, 'the lease is for the address the port has')
    return `${lease!.address}/${lease!.prefixLength} from dnsmasq ${lease!.serverId} (process ${world.dnsmasqOf(network)})`
  }
  return [
    {
      heading: 'Instances',
      title: 'web-1 gets its address by DHCP',
      run: async () => {
        const userData = USER_DATA
        await world.boot('web-1', made.web, member, { securityGroups: ['default', 'web'], userData })
        return leased('web-1', made.web)
      },
    },
    {
      title: 'db-1 gets its address by DHCP, from another dnsmasq',
      run: async () => {
        await world.boot('db-1', made.db, member)
        assert.notEqual(world.dnsmasqOf(made.db), world.dnsmasqOf(made.web))
        return leased('db-1', made.db)
      },
    },
    {
      title: 'spy gets its address by DHCP, in the other project',
      run: async () => {
        await world.boot('spy', made.other, admin)
        return leased('spy', made.other)
      },
    },
    {
      title: 'the port is ACTIVE',
      run: () =>
        eventually(10_000, 'the port is not ACTIVE', async () => {
          const port = await member.find('ports', world.instance('web-1').port_id)
          return port?.status === 'ACTIVE' ? `port ${port.id} is ACTIVE` : null
        }),
    },
    {
      title: 'web-1 reads its metadata',
      run: async () => {
        const text = await fetchPage(world.inside('web-1'), `${METADATA}/openstack/latest/meta_data.json`)
        const { uuid, name } = JSON.parse(text) as { uuid: string; name: string }
        assert.equal(uuid, world.instance('web-1').id)
        return `uuid ${uuid}, name ${name}`
      },
    },
    {
      title: 'web-1 reads its user data, in both forms',
      run: async () => {
        const inside = world.inside('web-1')
        assert.equal(await fetchPage(inside, `${METADATA}/openstack/latest/user_data`), USER_DATA.trim())
        assert.equal(await fetchPage(inside, `${METADATA}/latest/user-data`), USER_DATA.trim())
        return JSON.stringify(USER_DATA.split('\n')[1])
      },
    },
  ]
}

function paths(world: DemoWorld): DemoStep[] {
  const address = (name: string) => world.instance(name).fixed_ips[0]!
  return [
    {
      heading: 'Paths',
      title: 'web-1 pings db-1 through the router',
      run: async () => `${address('db-1')} in ${await ping(world.inside('web-1'), address('db-1'))}`,
    },
    {
      title: 'db-1 pings web-1 through the router',
      run: async () => `${address('web-1')} in ${await ping(world.inside('db-1'), address('web-1'))}`,
    },
    {
      title: 'db-1 reaches the outside through the router',
      run: async () => `${PUBLIC.gateway} in ${await ping(world.inside('db-1'), PUBLIC.gateway)}`,
    },
    {
      title: 'the outside sees the router, not db-1',
      run: async () => {
        const seen = await fetchPage(world.inside('db-1'), `http://${PUBLIC.gateway}/cgi-bin/whoami`)
        assert.notEqual(seen, address('db-1'))
        return `seen as ${seen}`
      },
    },
  ]
}

function floating(world: DemoWorld, made: Made): DemoStep[] {
  const { member, outside } = world
  const at = () => String(made.floating.floating_ip_address)
  return [
    {
      heading: 'Floating IP',
      title: 'a floating IP for web-1',
      run: async () => {
        const [external] = await member.list('networks', { name: PUBLIC.name })
        await world.serve('web-1')
        made.floating = await world.create(member, 'floatingips', {
          floating_network_id: external!.id!,
          port_id: world.instance('web-1').port_id,
        })
        await eventually(10_000, 'the floating IP is not ACTIVE', async () => {
          const row = await member.find('floatingips', made.floating.id)
          return row?.status === 'ACTIVE' ? row : null
        })
        return `${at()} → ${world.instance('web-1').fixed_ips[0]}`
      },
    },
    {
      title: 'refused: no rule lets the outside ping it',
      run: () => pingFails(outside, at()),
    },
    {
      title: 'refused: no rule lets the outside connect to it',
      run: () => fetchFails(outside, `http://${at()}/`),
    },
    {
      title: 'allowed: ICMP and TCP port 80 from anywhere',
      run: async () => {
        const rule = { security_group_id: made.group, direction: 'ingress', ethertype: 'IPv4' }
        await member.create('security-group-rules', { ...rule, protocol: 'icmp' })
        await member.create('security-group-rules', {
          ...rule,
          protocol: 'tcp',
          port_range_min: 80,
          port_range_max: 80,
        })
        return 'two rules in group web'
      },
    },
    {
      title: 'the outside pings the floating IP',
      run: async () => `${at()} in ${await ping(outside, at())}`,
    },
    {
      title: 'the outside opens a TCP connection to it',
      run: async () => {
        const page = await fetchPage(outside, `http://${at()}/`)
        assert.equal(page, 'hello from web-1')
        return JSON.stringify(page)
      },
    },
    {
      title: 'web-1 is seen outside with its floating IP',
      run: async () => {
        const seen = await fetchPage(world.inside('web-1'), `http://${PUBLIC.gateway}/cgi-bin/whoami`)
        assert.equal(seen, at())
        return `seen as ${seen}`
      },
    },
  ]
}

function apart(world: DemoWorld, made: Made): DemoStep[] {
  const { member, outside } = world
  const webAddress = () => world.instance('web-1').fixed_ips[0]!
  return [
    {
      heading: 'Apart',
      title: 'spy, on the same CIDR of another project, has no way',
      run: async () => {
        const text = await pingFails(world.inside('spy'), webAddress())
        await pingFails(world.inside('spy'), world.instance('db-1').fixed_ips[0]!)
        return `${webAddress()}: ${text}`
      },
    },
    {
      title: 'the floating IP is released, and answers no more',
      run: async () => {
        world.drawn = pictureOf(world, made)
        const address = String(made.floating.floating_ip_address)
        await member.remove('floatingips', made.floating.id)
        await eventually(10_000, `${address} still answers`, async () => {
          return await pingFails(outside, address).catch(() => null)
        })
        await fetchFails(outside, `http://${address}/`)
        return `${address}: no answer, no connection`
      },
    },
  ]
}

function pictureOf(world: DemoWorld, made: Made): NonNullable<DemoWorld['drawn']> {
  const instance = (name: string) => ({ name, address: world.instance(name).fixed_ips[0]! })
  const network = (name: string, cidr: string, ...names: readonly string[]) => ({
    name,
    cidr,
    gateway: cidr.replace('.0/24', '.1'),
    dnsmasq: world.instance(names[0]!).lease!.serverId,
    instances: names.map(instance),
  })
  const web = network('web', WEB_CIDR, 'web-1')
  const floatingIp = String(made.floating.floating_ip_address)
  return {
    external: { name: PUBLIC.name, cidr: PUBLIC.cidr, host: PUBLIC.gateway },
    router: { name: 'edge', address: gatewayAddress(made) },
    networks: [{ ...web, instances: [{ ...instance('web-1'), floatingIp }] }, network('db', DB_CIDR, 'db-1')],
    apart: { project: 'admin', network: { ...network('other', WEB_CIDR, 'spy'), gateway: null } },
  }
}
