/** The API's promises about lists, on every database: pages, order, filters, fields. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase } from '../databases.ts'
import { machineFeatures, startTestApi, type TestApi } from '../fakes/api.ts'
import { gadgetFeature } from '../fakes/gadgets.ts'

const features = [...(await machineFeatures()), gadgetFeature]
const migrations = features.flatMap((feature) => feature.migrations)
const PATH = '/v2.0/gadgets'
const NAMES = ['e', 'b', 'd', 'a', 'c']

interface Gadget {
  readonly id: string
  readonly name: string
  readonly revision_number: number
}

async function fill(api: TestApi): Promise<Gadget[]> {
  const gadgets = NAMES.map((name, index) => ({
    name,
    size: index % 2,
    colour: [null, 'red', 'blue', null, 'red'][index],
  }))
  return (await api.call('alice', 'POST', PATH, { gadgets })).body.gadgets
}

async function names(api: TestApi, query: string, token = 'alice'): Promise<string> {
  const answer = await api.call(token, 'GET', `${PATH}?${query}`)
  assert.equal(answer.status, 200, answer.text)
  return answer.body.gadgets.map(({ name }: Gadget) => name).join('')
}

forEachDatabase((_name, openFresh) => {
  test('following next links visits every object once, previous links lead back', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await fill(api)
    for (const order of [
      'sort_key=name&sort_dir=asc',
      'sort_key=size&sort_dir=desc',
      'sort_key=colour&sort_dir=asc',
      '',
    ]) {
      const seen: string[] = []
      const whole = await names(api, order)
      let url: string | undefined = `${api.url}${PATH}?limit=2&${order}`
      let last = ''
      while (url !== undefined) {
        const { body } = await api.call('alice', 'GET', url.slice(api.url.length))
        seen.push(...body.gadgets.map(({ name }: Gadget) => name))
        const link = (rel: string) => body.gadgets_links.find((each: { rel: string }) => each.rel === rel)?.href
        if (body.gadgets.length === 1) last = link('previous')
        url = link('next')
      }
      assert.equal(seen.join(''), order === '' ? seen.join('') : whole)
      assert.deepEqual([...seen].sort(), [...NAMES].sort())
      const back = await api.call('alice', 'GET', last.slice(api.url.length))
      assert.deepEqual(
        back.body.gadgets.map(({ name }: Gadget) => name),
        seen.slice(2, 4),
        order,
      )
    }
  })

  test('who owns most of what there is gets the same pages as anybody', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    for (const project of ['a', 'b'])
      await api.call('admin', 'PUT', `/v2.0/quotas/${project}`, { quota: { gadget: -1 } })
    const gadgets = Array.from({ length: 1_100 }, (_, index) => ({
      name: String(index % 7),
      size: index % 3,
      project_id: index % 20 === 0 ? 'b' : 'a',
      shared: index % 40 === 0,
    }))
    for (let index = 0; index < gadgets.length; index += 550) {
      const part = await api.call('admin', 'POST', PATH, { gadgets: gadgets.slice(index, index + 550) })
      assert.equal(part.status, 201, part.text)
    }
    const page = async (token: string, query: string) => (await api.call(token, 'GET', `${PATH}?${query}`)).body.gadgets
    for (const token of ['alice', 'bob']) {
      for (const query of [
        'sort_key=id&sort_dir=asc',
        'sort_key=name&sort_dir=desc',
        'size=2&sort_key=id&sort_dir=desc',
      ]) {
        const whole: readonly Gadget[] = await page(token, query)
        const ids = whole.map(({ id }) => id)
        assert.deepEqual(
          (await page(token, `${query}&limit=40`)).map(({ id }: Gadget) => id),
          ids.slice(0, 40),
        )
        const next = await page(token, `${query}&limit=40&marker=${ids[10]}`)
        assert.deepEqual(
          next.map(({ id }: Gadget) => id),
          ids.slice(11, 51),
        )
      }
    }
    assert.equal((await page('alice', 'limit=2000')).length, 1_045 + 28)
    assert.equal((await page('bob', 'limit=2000')).length, 55)
  })

  test('links copy the query; a page that cannot be full has no next', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await fill(api)
    const { body } = await api.call('alice', 'GET', `${PATH}?limit=9&name=a&name=b`)
    assert.deepEqual(
      body.gadgets_links.map(({ rel }: { rel: string }) => rel),
      ['previous'],
    )
    const href = new URL(body.gadgets_links[0].href)
    assert.deepEqual(href.searchParams.getAll('name'), ['a', 'b'])
    assert.equal(href.searchParams.get('page_reverse'), 'True')
    assert.equal('gadgets_links' in (await api.call('alice', 'GET', `${PATH}?limit=0`)).body, false)
    const twice = await api.call('alice', 'GET', `/v2.0//gadgets/?limit=1&limit=2`)
    assert.equal(twice.body.gadgets.length, 2)
    const gone = await api.call('alice', 'GET', `${PATH}?limit=1&marker=none`)
    assert.equal(gone.body.NeutronError.type, 'GadgetNotFound')
  })

  test("a marker is an object the caller may see, the list's filters aside", async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const { gadgets } = (await api.call('alice', 'POST', PATH, { gadgets: [{ name: 'a' }, { name: 'b' }] })).body
    const page = (token: string, query: string) => api.call(token, 'GET', `${PATH}?limit=5&${query}`)
    const foreign = await page('bob', `marker=${gadgets[0].id}`)
    assert.deepEqual([foreign.status, foreign.body.NeutronError.type], [404, 'GadgetNotFound'])
    const order = 'sort_key=name&sort_dir=asc'
    const filtered = await page('alice', `marker=${gadgets[0].id}&name=b&${order}`)
    assert.deepEqual(
      filtered.body.gadgets.map(({ name }: Gadget) => name),
      ['b'],
    )
  })

  test('what no row can hold finds nothing, and what no marker can be is not found', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await fill(api)
    for (const filter of ['name=%00', 'size=99999999999999999999', `revision_number=${'9'.repeat(299)}`, 'id=%ff']) {
      assert.equal(await names(api, filter), '', filter)
    }
    for (const [query, type] of [
      ['limit=1&marker=%00', 'GadgetNotFound'],
      ['limit=-1', 'BadRequest'],
      ['limit=%00', 'BadRequest'],
      ['size=1e400', 'InvalidInput'],
      ['sort_key=%00&sort_dir=asc', 'HTTPBadRequest'],
    ]) {
      assert.equal((await api.call('alice', 'GET', `${PATH}?${query}`)).body.NeutronError.type, type, query)
    }
    const all = (await names(api, '')).length
    for (const limit of ['0', '99999999999999999999999', '2147483648']) {
      assert.equal((await names(api, `limit=${limit}`)).length, all, limit)
    }
  })

  test('a filter may have as many values as fit a request', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await fill(api)
    const repeatedly = (key: string) => Array.from({ length: 1_200 }, (_, index) => `${key}=x${index}`).join('&')
    assert.equal(await names(api, `${repeatedly('name')}&name=a`), 'a')
    assert.equal(await names(api, `${repeatedly('labels')}&labels=a`), 'a')
    assert.equal(await names(api, `${repeatedly('fields')}&fields=name&name=a`), 'a')
  })

  test('the operator may cap pages', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features, { DEFAULT: { pagination_max_limit: '2' } })
    await fill(api)
    assert.equal((await names(api, '')).length, 2)
    assert.equal((await names(api, 'limit=4')).length, 2)
    assert.equal((await names(api, 'limit=1')).length, 1)
  })

  test('filters: repeated is or, several are and, in every spelling of their type', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    await fill(api)
    const sorted = 'sort_key=name&sort_dir=asc'
    assert.equal(await names(api, `${sorted}&name=a&name=e&name=zz`), 'ae')
    assert.equal(await names(api, `${sorted}&colour=red&size=1`), 'b')
    assert.equal(await names(api, `${sorted}&size=1&size=0`), 'abcde')
    assert.equal(await names(api, 'size=99999999999'), '')
    assert.equal(await names(api, 'shared=False&shared=0&name=a'), 'a')
    assert.equal(await names(api, 'shared=on'), '')
    assert.equal(await names(api, 'description='), (await names(api, '')).toString())
    assert.equal(await names(api, 'labels=b'), 'b')
    assert.equal(await names(api, 'name=%00'), '')
    assert.equal(await names(api, 'tenant_id=b', 'admin'), '')
    assert.equal((await names(api, 'project_id=a&tenant_id=a', 'admin')).length, 5)
    assert.equal((await names(api, 'changed_since=2016-05-01T00:00:00')).length, 5)
    assert.equal(await names(api, 'changed_since=2116-05-01T00:00:00Z'), '')
  })

  test('a query that says something wrong is refused in upstream words', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const cases: { readonly [query: string]: string } = {
      'x=1&y=2': "['x', 'y'] is invalid attribute for filtering",
      'weight=1': "['weight'] is invalid attribute for filtering",
      'shared=perhaps': "Invalid input for operation: 'perhaps' cannot be converted to boolean.",
      'size=x': "Invalid input for operation: 'x' is not an integer.",
      'sort_key=x&sort_dir=asc': "['x'] is invalid attribute for sort_keys",
      'sort_key=name': 'The number of sort_keys and sort_dirs must be same',
      'sort_key=name&sort_dir=up': "['up'] is invalid value for sort_dirs, valid value is 'asc' and 'desc'",
      'limit=-1': "Bad limit request: Limit must be an integer 0 or greater and not '-1'.",
      'limit=x': "Bad limit request: Limit must be an integer 0 or greater and not 'x'.",
      'project_id=a&tenant_id=b': 'Both tenant_id and project_id passed as filters.',
      'changed_since=yesterday':
        'Invalid input for operation: The input changed_since must be in the following format: YYYY-MM-DDTHH:MM:SSZ.',
    }
    for (const [query, message] of Object.entries(cases)) {
      const { status, body } = await api.call('alice', 'GET', `${PATH}?${query}`)
      assert.equal(status, 400)
      assert.equal(body.NeutronError.message, message)
    }
    await using lenient = await startTestApi(database.store, features, { DEFAULT: { filter_validation: 'false' } })
    assert.equal((await lenient.call('alice', 'GET', `${PATH}?x=1`)).status, 200)
  })

  test('fields: only those, unknown ones dropped, on lists and shows', async () => {
    await using database = await openFresh(migrations)
    await using api = await startTestApi(database.store, features)
    const [first] = await fill(api)
    const list = await api.call('alice', 'GET', `${PATH}?fields=name&fields=weight&fields=x&name=e`)
    assert.deepEqual(list.body.gadgets, [{ name: 'e', weight: 0 }])
    const show = await api.call('alice', 'GET', `${PATH}/${first?.id}?fields=tenant_id&fields=labels`)
    assert.deepEqual(show.body.gadget, { tenant_id: 'a', labels: [] })
    const none = await api.call('alice', 'GET', `${PATH}?fields=x&name=e`)
    assert.deepEqual(none.body.gadgets, [{}])
  })
})
