/** Extra DHCP options of ports on every database: what is taken, how a change is merged, what DHCP agents read. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { refused, type TestApi } from '../fakes/api.ts'
import { coreFeatures, startTestCloud } from '../fakes/bus.ts'

const features = await coreFeatures()
const migrations = features.flatMap((feature) => feature.migrations)

async function create(api: TestApi, resource: string, item: object) {
  const answer = await api.call('alice', 'POST', `/v2.0/${resource}s`, { [resource]: item })
  assert.equal(answer.status, 201, answer.text)
  return answer.body[resource]
}

async function networkOf(api: TestApi): Promise<string> {
  const { id } = await create(api, 'network', {})
  await create(api, 'subnet', { network_id: id, cidr: '10.0.0.0/24', ip_version: 4 })
  return id
}

const boot = { opt_name: 'bootfile-name', opt_value: 'pxelinux.0' }
const tftp = { opt_name: 'tftp-server', opt_value: '192.0.2.9' }
const four = (option: object) => ({ ...option, ip_version: 4 })
const six = (option: object) => ({ ...option, ip_version: 6 })

forEachDatabase((_name, openFresh) => {
  test('options are shown as sent, of version 4 unless said; empty ones and none are left out', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const network_id = await networkOf(api)
    const plain = await create(api, 'port', { network_id })
    assert.deepEqual(plain.extra_dhcp_opts, [])
    const sent = [
      boot,
      { ...boot, ip_version: '6' },
      { ...tftp, opt_value: null },
      { opt_name: 'router', opt_value: '' },
    ]
    const port = await create(api, 'port', { network_id, extra_dhcp_opts: sent })
    const expected = [four(boot), six(boot), { opt_name: 'router', opt_value: '', ip_version: 4 }]
    assert.deepEqual(port.extra_dhcp_opts, expected)
    assert.deepEqual((await create(api, 'port', { network_id, extra_dhcp_opts: null })).extra_dhcp_opts, [])
    const listed = await api.call('alice', 'GET', `/v2.0/ports?id=${port.id}&fields=extra_dhcp_opts`)
    assert.deepEqual(listed.body.ports, [{ extra_dhcp_opts: expected }])
  })

  test('an update merges by name and version, and null takes one away', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const network_id = await networkOf(api)
    const { id } = await create(api, 'port', { network_id, extra_dhcp_opts: [boot, tftp, six(boot)] })
    const put = async (extra_dhcp_opts: unknown) => {
      const answer = await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { extra_dhcp_opts } })
      assert.equal(answer.status, 200, answer.text)
      return answer.body.port
    }
    const other = { ...boot, opt_value: 'other.0' }
    const changed = await put([other, { opt_name: 'mtu', opt_value: '1400' }])
    const mtu = { opt_name: 'mtu', opt_value: '1400', ip_version: 4 }
    assert.deepEqual(changed.extra_dhcp_opts, [four(other), four(tftp), six(boot), mtu])
    // What is sent again, nothing and null change nothing, and count no revision.
    for (const same of [[other], [], null]) assert.deepEqual(await put(same), changed)
    assert.deepEqual(
      (
        await put([
          { ...tftp, opt_value: null },
          { opt_name: 'x', opt_value: null },
        ])
      ).extra_dhcp_opts,
      [four(other), six(boot), mtu],
    )
    const gone = [
      { ...boot, opt_value: null },
      { ...six(boot), opt_value: null },
      { ...mtu, opt_value: null },
    ]
    assert.deepEqual((await put(gone)).extra_dhcp_opts, [])
  })

  test('what is no option is refused in the words of the validator, and changes nothing', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const network_id = await networkOf(api)
    const { id } = await create(api, 'port', { network_id, extra_dhcp_opts: [boot] })
    const unmatched = (text: string) => `Invalid input for operation: No valid key specs matched for: ${text}.`
    const wrong: [options: unknown, message: string][] = [
      [{}, "Invalid input for operation: '{}' is not a list."],
      ['x', "Invalid input for operation: 'x' is not a list."],
      [['x'], unmatched('x')],
      [[{ opt_name: 'a' }], unmatched("{'opt_name': 'a'}")],
      [
        [{ ...boot, colour: 'red' }],
        unmatched("{'opt_name': 'bootfile-name', 'opt_value': 'pxelinux.0', 'colour': 'red'}"),
      ],
      [[{ opt_name: '', opt_value: 'a' }], unmatched("{'opt_name': '', 'opt_value': 'a'}")],
      [[{ opt_name: 'a', opt_value: '' }], unmatched("{'opt_name': 'a', 'opt_value': ''}")],
      [[{ opt_name: 'a', opt_value: 'b\nc' }], unmatched("{'opt_name': 'a', 'opt_value': 'b\\nc'}")],
      [[{ opt_name: 'a\n', opt_value: 'b' }], unmatched("{'opt_name': 'a\\n', 'opt_value': 'b'}")],
      [[{ opt_name: 5, opt_value: 'b' }], unmatched("{'opt_name': 5, 'opt_value': 'b'}")],
      [[{ opt_name: 'a', opt_value: 5 }], unmatched("{'opt_name': 'a', 'opt_value': 5}")],
      [
        [{ opt_name: 'n'.repeat(65), opt_value: 'b' }],
        unmatched(`{'opt_name': '${'n'.repeat(65)}', 'opt_value': 'b'}`),
      ],
      [
        [{ opt_name: 'a', opt_value: 'v'.repeat(256) }],
        unmatched(`{'opt_name': 'a', 'opt_value': '${'v'.repeat(256)}'}`),
      ],
      [
        [{ ...boot, ip_version: 5 }],
        unmatched("{'opt_name': 'bootfile-name', 'opt_value': 'pxelinux.0', 'ip_version': 5}"),
      ],
      [[{ ...boot, ip_version: 'x' }], "Invalid input for operation: 'x' is not an integer."],
    ]
    for (const [extra_dhcp_opts, message] of wrong) {
      refused(
        await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { extra_dhcp_opts } }),
        400,
        'InvalidInput',
        message,
      )
      refused(
        await api.call('alice', 'POST', '/v2.0/ports', { port: { network_id, extra_dhcp_opts } }),
        400,
        'InvalidInput',
      )
    }
    const twice = [tftp, { ...tftp, opt_value: 'another' }]
    const port = { network_id, extra_dhcp_opts: twice }
    refused(await api.call('alice', 'POST', '/v2.0/ports', { port }), 409, 'NeutronDbObjectDuplicateEntry')
    const { body } = await api.call('alice', 'GET', '/v2.0/ports?fields=extra_dhcp_opts')
    assert.deepEqual(body.ports, [{ extra_dhcp_opts: [four(boot)] }])
  })

  test('nobody else sees or sets them', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const { id } = await create(api, 'port', { network_id: await networkOf(api), extra_dhcp_opts: [boot] })
    const body = { port: { extra_dhcp_opts: [tftp] } }
    refused(await api.call('bob', 'PUT', `/v2.0/ports/${id}`, body), 404, 'PortNotFound')
    refused(await api.call('bob', 'GET', `/v2.0/ports/${id}`), 404, 'PortNotFound')
    refused(await api.call('reader', 'PUT', `/v2.0/ports/${id}`, body), 403, 'PolicyNotAuthorized')
    assert.deepEqual((await api.call('reader', 'GET', `/v2.0/ports/${id}`)).body.port.extra_dhcp_opts, [four(boot)])
  })

  test('DHCP agents read them with the port, and hear of a change', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestCloud(database.store, features)
    const host = 'h'
    await api.report('DHCP agent', host)
    const network_id = await networkOf(api)
    const { id } = await create(api, 'port', { network_id, extra_dhcp_opts: [boot] })
    const told = async () => {
      const { ports } = await api.rpc('get_network_info', { network_id, host })
      return ports.find((port: { id: string }) => port.id === id).extra_dhcp_opts
    }
    assert.deepEqual(await told(), [four(boot)])
    await api.listen('dhcp_agent', host)
    await api.call('alice', 'PUT', `/v2.0/ports/${id}`, { port: { extra_dhcp_opts: [tftp] } })
    const [heard] = await api.told('port_update_end')
    const { port } = heard!.args.payload as { port: { extra_dhcp_opts: object } }
    assert.deepEqual(port.extra_dhcp_opts, [four(boot), four(tftp)])
    assert.deepEqual(await told(), [four(boot), four(tftp)])
  })
})
