import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderDot } from './dot.ts'
import * as example from './example.ts'
import { graphOf } from './graph.ts'
import { renderJson } from './json.ts'
import { renderMermaid } from './mermaid.ts'
import { renderSvg } from './svg.ts'
import { LIMITS, NO_LIMITS } from './words.ts'

const WORLDS = {
  empty: example.EMPTY_WORLD,
  typical: example.typicalWorld(),
  strange: example.strangeWorld(),
  large: example.largeWorld(200, 1000),
}

for (const [title, world] of Object.entries(WORLDS)) {
  const graph = graphOf(world)

  test(`svg: well formed, and nothing is drawn outside the page (${title})`, () => {
    for (const limits of [LIMITS, NO_LIMITS]) {
      const svg = renderSvg(graph, limits)
      assertXml(svg)
      const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number)
      for (const [, x, y, w, h] of svg.matchAll(
        /<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g,
      )) {
        assert.ok(
          Number(x) >= 0 && Number(y) >= 0 && Number(x) + Number(w) <= width! && Number(y) + Number(h) <= height!,
        )
      }
    }
  })

  test(`svg: cards do not lie on each other (${title})`, () => {
    const cards = [
      ...renderSvg(graph, NO_LIMITS).matchAll(
        /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="\d+" class="(?:card|bar|pill)/g,
      ),
    ]
    const boxes = cards.map(([, x, y, w, h]) => ({ x: Number(x), y: Number(y), w: Number(w), h: Number(h) }))
    const overlapping = boxes.filter((a, index) =>
      boxes.slice(index + 1).some((b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h),
    )
    assert.deepEqual(overlapping, [])
  })

  test(`dot: every line is a statement of the language (${title})`, () => {
    const lines = renderDot(graph).trimEnd().split('\n')
    assert.deepEqual([lines[0], lines.at(-1)], ['graph topology {', '}'])
    const string = '"(?:[^"\\\\\\n]|\\\\.)*"'
    const value = `(?:${string}|[a-z]+|[\\d.]+)`
    const list = `\\[[a-z]+=${value}(?:, [a-z]+=${value})*\\]`
    const statement = new RegExp(`^ {2}(?:graph|node|edge|${string}(?: -- ${string})?) ${list}$`, 'i')
    assert.deepEqual(
      lines.slice(1, -1).filter((line) => !statement.test(line)),
      [],
    )
  })

  test(`mermaid: every line is a node, a link or a class (${title})`, () => {
    const lines = renderMermaid(graph).trimEnd().split('\n')
    assert.equal(lines[0], 'flowchart TB')
    // Between quotes: no sign that ends the text or means something, but entity codes and line breaks.
    const text = '"(?:[^"#&<>;\\\\`[\\](){}|]|#\\d+;|<br/>)*"'
    const name = '(?:network|router|instance|port)\\d+'
    const node = `${name}(?:\\[\\[${text}\\]\\]|\\{\\{${text}\\}\\}|\\(${text}\\)):::[a-z]+`
    const statement = new RegExp(`^ {2}(?:${node}|${name} ---\\|${text}\\| ${name}|classDef [a-z]+ [a-z:#\\d,]+)$`)
    assert.deepEqual(
      lines.slice(1).filter((line) => !statement.test(line)),
      [],
    )
  })

  test(`json: links lead from node to node, and every port is there once (${title})`, () => {
    const { nodes, links } = JSON.parse(renderJson(graph)) as {
      nodes: { id: string; ports?: string[] }[]
      links: { source: string; target: string; kind: string; port_id: string }[]
    }
    const ids = new Set(nodes.map(({ id }) => id))
    assert.equal(ids.size, nodes.length)
    assert.deepEqual(
      links.filter(({ source, target }) => !ids.has(source) || !ids.has(target)),
      [],
    )
    const plugged = links.filter(({ kind }) => kind === 'port').map(({ port_id }) => port_id)
    assert.deepEqual(plugged.toSorted(), nodes.flatMap(({ ports = [] }) => ports).toSorted())
  })
}

test('svg: names are escaped, and what is cut is whole in a title', () => {
  const long = `${'long '.repeat(20)}<script>&"`
  const svg = renderSvg(graphOf({ ...example.EMPTY_WORLD, networks: [example.network(1, long)] }), LIMITS)
  assert.ok(svg.includes(`<title>${'long '.repeat(20)}&lt;script&gt;&amp;&quot;</title>`))
  assert.doesNotMatch(svg, /<script/)
})

test('json: says of a network, a router, an instance and their links what the API says', () => {
  const { nodes, links } = JSON.parse(renderJson(graphOf(WORLDS.typical)))
  const web = nodes.find(({ name }: { name: string }) => name === 'web')
  assert.deepEqual(web.subnets[0], {
    id: example.exampleId('subnet', 2),
    name: 'web4',
    cidr: '10.10.1.0/24',
    gateway_ip: '10.10.1.1',
    enable_dhcp: true,
  })
  const link = links.find(({ port_id }: { port_id: string }) => port_id === example.exampleId('port', 1))
  assert.deepEqual(link, {
    kind: 'port',
    source: web.id,
    target: example.exampleId('device', 1),
    port_id: example.exampleId('port', 1),
    addresses: ['10.10.1.12', '2001:db8:1::c'],
    status: 'ACTIVE',
    floating_ips: [
      { id: example.exampleId('floatingip', 1), floating_ip_address: '203.0.113.77', fixed_ip_address: '10.10.1.12' },
    ],
    security_groups: 1,
  })
  const jump = nodes.filter(({ name }: { name: string }) => name === 'jump')
  assert.deepEqual(
    jump.map(({ ports }: { ports: string[] }) => ports.length),
    [2],
  )
})

/** Tags are closed in order, attributes quoted, signs escaped. */
function assertXml(text: string): void {
  const open: string[] = []
  const tag = /<(\/?)([A-Za-z]+)((?: [A-Za-z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)(\/?)>/y
  const words = /(?:[^<&]|&(?:amp|lt|gt|quot);)+/y
  for (let at = 0; at < text.length; ) {
    tag.lastIndex = at
    words.lastIndex = at
    const found = tag.exec(text)
    const plain = found ? null : words.exec(text)
    assert.ok(found ?? plain, `not XML: ${text.slice(at, at + 80)}`)
    if (found) {
      const [, end, name, , closed] = found
      if (end) assert.equal(open.pop(), name)
      else if (!closed) open.push(name!)
    }
    at += (found ?? plain)![0].length
  }
  assert.deepEqual(open, [])
}

test('the picture of the guide is what the example looks like', () => {
  const picture = readFileSync(new URL('../../../docs/topology.svg', import.meta.url), 'utf8')
  assert.equal(picture, renderSvg(graphOf(WORLDS.typical), LIMITS))
})
