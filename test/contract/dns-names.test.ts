/** Names of ports, networks and floating IPs on every database: what is taken, what is kept, what agents are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discover } from '#plugin/discover.ts'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { startTestCloud } from '../fakes/bus.ts'
import { ML2 } from '../fakes/core.ts'

const features = await discover()
const migrations = features.flatMap((feature) => feature.migrations)
const NAMED = { ...ML2, DEFAULT: { dns_domain: 'example.internal' } }

async function create(api: TestApi, resource: string, item: object, token = 'alice') {
  const answer = await api.call(token, 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function networkOf(api: TestApi, more: object = {}): Promise<string> {
  const { id } = await create(api, 'network', more)
  await create(api, 'subnet', { network_id: id, cidr: '10.0.0.0/24', ip_version: 4 })
  return id
}

const fixed_ips = [{ ip_address: '10.0.0.5' }]

forEachDatabase((_name, openFresh) => {
  test('with the default domain ports have the names of their addresses, whatever is asked for', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, ML2)
    const network_id = await networkOf(api)
    const dns_assignment = [
      { ip_address: '10.0.0.5', hostname: 'host-10-0-0-5', fqdn: 'host-10-0-0-5.openstacklocal.' },
    ]
    const named = { dns_name: 'web', dns_domain: 'example.org.' }
    const port = await create(api, 'port', { network_id, fixed_ips, ...named })
    assert.deepEqual([port.dns_name, port.dns_domain, port.dns_assignment], ['', '', dns_assignment])
    const { body } = await api.call('alice', 'PUT', `/v2.0/ports/${port.id}`, { port: named })
    assert.deepEqual(body.port, port)
    assert.deepEqual((await create(api, 'port', { network_id, fixed_ips: [] })).dns_assignment, [])
  })

  test('with a domain of its own a port has the name it asks for, in lower case', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, NAMED)
    const network_id = await networkOf(api)
    const port = await create(api, 'port', { network_id, fixed_ips, dns_name: 'Web', dns_domain: 'Example.ORG.' })
    const assigned = (hostname: string, fqdn: string) => [{ ip_address: '10.0.0.5', hostname, fqdn }]
    assert.deepEqual([port.dns_name, port.dns_domain], ['web', 'example.org.'])
    assert.deepEqual(port.dns_assignment, assigned('web', 'web.example.internal.'))
    const put = async (values: object) => {
      const answer = await api.call('alice', 'PUT', `/v2.0/ports/${port.id}`, { port: values })
      assert.equal(answer.status, 200, answer.text)
      return answer.body.port
    }
    assert.deepEqual(await put({ dns_name: 'web' }), port)
    const whole = 'db.a.example.internal.'
    assert.deepEqual((await put({ dns_name: whole })).dns_assignment, assigned(whole, whole))
    const bare = await put({ dns_name: '', dns_domain: '' })
    assert.deepEqual([bare.dns_name, bare.dns_domain], ['', ''])
    assert.deepEqual(bare.dns_assignment, assigned('host-10-0-0-5', 'host-10-0-0-5.example.internal.'))
    const { body } = await api.call('reader', 'GET', '/v2.0/ports?fields=dns_assignment&fields=dns_name')
    assert.deepEqual(body.ports, [{ dns_name: '', dns_assignment: bare.dns_assignment }])
  })

  test('a name that is none is refused in the words of the validator, and changes nothing', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, NAMED)
    const network_id = await networkOf(api)
    const { id } = await create(api, 'port', { network_id, dns_name: 'web' })
    const name = (reason: string) => `Invalid input for dns_name. Reason: ${reason}.`
    const domain = (reason: string) => `Invalid input for dns_domain. Reason: ${reason}.`
    const long = `${'a'.repeat(50)}.`.repeat(5).slice(0, -1)
    const bad = 'HTTPBadRequest'
    const wrong: [values: object, message: string, type?: string][] = [
      [{ dns_name: 'a..b' }, name("'a..b' not a valid PQDN or FQDN. Reason: Encountered an empty component")],
      [
        { dns_name: '-a' },
        name("'-a' not a valid PQDN or FQDN. Reason: Name '-a' must not start or end with a hyphen"),
      ],
      [
        { dns_name: 'a_b' },
        name(
          "'a_b' not a valid PQDN or FQDN. Reason: Name 'a_b' must be 1-63 characters long, each of which can only be " +
            'alphanumeric or a hyphen',
        ),
      ],
      [{ dns_name: 'a.12' }, name("'a.12' not a valid PQDN or FQDN. Reason: TLD '12' must not be all numeric")],
      [
        { dns_name: 'a.example.org.' },
        name(
          'The dns_name passed is a FQDN. Its higher level labels must be equal to the dns_domain option in ' +
            "neutron.conf, that has been set to 'example.internal'. It must also include one or more valid DNS labels " +
            "to the left of 'example.internal'",
        ),
      ],
      [
        { dns_name: long },
        name(
          `The dns_name passed is a PQDN and its size is '${long.length}'. The dns_domain option in neutron.conf is set ` +
            "to example.internal, with a length of '18'. When the two are concatenated to form a FQDN (with a '.' at " +
            "the end), the resulting length exceeds the maximum size of '255'",
        ),
      ],
      [{ dns_domain: 'example.org' }, domain("'example.org' is not a FQDN")],
      [{ dns_name: 5 }, 'Invalid input for operation: Input value 5 must be string type.', 'InvalidInput'],
      [{ dns_domain: null }, 'Invalid input for operation: Input value None must be string type.', 'InvalidInput'],
    ]
    for (const [values, message, type = bad] of wrong) {
      refused(await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: values }), 400, type, message)
      const port = { network_id, ...values }
      refused(await api.call('alice', 'POST', '/v2.0/ports', { port }), 400, type, message)
    }
    const { body } = await api.call('alice', 'GET', '/v2.0/ports?fields=dns_name&fields=revision_number')
    assert.deepEqual(body.ports, [{ dns_name: 'web', revision_number: 0 }])
    refused(await api.call('bob', 'PUT', `/v2.0/ports/${id}`, { port: { dns_name: 'x' } }), 404, 'PortNotFound')
    refused(
      await api.call('reader', 'PUT', `/v2.0/ports/${id}`, { port: { dns_name: 'x' } }),
      403,
      'PolicyNotAuthorized',
    )
  })

  test('networks have a domain, with keywords if they like; subnets say whether they are published', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, NAMED)
    const plain = await create(api, 'network', {})
    assert.equal(plain.dns_domain, '')
    const network = await create(api, 'network', { dns_domain: '<project_id>.Example.org.' })
    assert.equal(network.dns_domain, '<project_id>.example.org.')
    const path = `/v2.0/networks/${network.id}`
    const changed = await api.call('alice', 'PUT', path, { network: { dns_domain: 'b.org.' } })
    assert.equal(changed.body.network.dns_domain, 'b.org.')
    const message = "Invalid input for dns_domain. Reason: 'b' is not a FQDN."
    refused(await api.call('alice', 'PUT', path, { network: { dns_domain: 'b' } }), 400, 'HTTPBadRequest', message)
    const subnet = await create(api, 'subnet', { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 })
    assert.equal(subnet.dns_publish_fixed_ip, false)
    const published = await api.call('alice', 'PUT', `/v2.0/subnets/${subnet.id}`, {
      subnet: { dns_publish_fixed_ip: 'yes' },
    })
    assert.equal(published.body.subnet.dns_publish_fixed_ip, true)
  })

  test('a floating IP has a name and a domain, or neither', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, NAMED)
    const { id: floating_network_id } = await create(api, 'network', { 'router:external': true }, 'admin')
    await create(api, 'subnet', { network_id: floating_network_id, cidr: '192.0.2.0/24', ip_version: 4 }, 'admin')
    const plain = await create(api, 'floatingip', { floating_network_id })
    assert.deepEqual([plain.dns_name, plain.dns_domain], ['', ''])
    const named = { dns_name: 'WWW', dns_domain: 'example.org.' }
    const floatingip = await create(api, 'floatingip', { floating_network_id, ...named })
    assert.deepEqual([floatingip.dns_name, floatingip.dns_domain], ['www', 'example.org.'])
    const wrong: [values: object, type: string, message: string][] = [
      [{ dns_name: 'www' }, 'BadRequest', 'Bad floatingip request: dns_name cannot be specified without a dns_domain.'],
      [
        { dns_domain: 'example.org.' },
        'BadRequest',
        'Bad floatingip request: dns_domain cannot be specified without a dns_name.',
      ],
      [
        { ...named, dns_name: 'www.example.org.' },
        'HTTPBadRequest',
        "Invalid input for dns_name. Reason: 'www.example.org.' is a FQDN. It should be a relative domain name.",
      ],
    ]
    for (const [values, type, message] of wrong) {
      const body = { floatingip: { floating_network_id, ...values } }
      refused(await api.call('alice', 'POST', '/v2.0/floatingips', body), 400, type, message)
    }
    const path = `/v2.0/floatingips/${floatingip.id}`
    refused(await api.call('alice', 'PUT', path, { floatingip: { dns_name: 'x' } }), 400, 'HTTPBadRequest')
    const { body } = await api.call('alice', 'GET', '/v2.0/floatingips')
    assert.equal(body.floatingips.length, 2)
  })

  test('DHCP agents read the names with the port, and hear of a change', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features, NAMED)
    const host = 'h'
    await api.report('DHCP agent', host)
    const network_id = await networkOf(api)
    const { id } = await create(api, 'port', { network_id, fixed_ips })
    await api.listen('dhcp_agent', host)
    await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { dns_name: 'web' } })
    const [heard] = await api.told('port_update_end')
    assert.equal((heard!.args.payload as { port: { dns_name: string } }).port.dns_name, 'web')
    const { ports } = await api.rpc('get_network_info', { network_id, host })
    assert.deepEqual(ports[0].dns_assignment, [
      { ip_address: '10.0.0.5', hostname: 'web', fqdn: 'web.example.internal.' },
    ])
  })
})
