/**
 * The topology as a picture: external networks as bars on top, routers below them, networks as cards below their
 * router, in rows that wires reach without crossing a card. One file, no script, readable on a light and on a dark
 * page. Pure.
 */
import { arrange, type Branch, type Leaf, type Trunk } from './arrange.ts'
import type { Link, Network, Topology } from './graph.ts'
import * as parts from './svg-parts.ts'
import * as words from './words.ts'

const MARGIN = 28
const GAP = 26
/** Between a thing and the row below it: room for the wire and the address on it. */
const DROP = 62
const GUTTER = 22
const ROW_WIDTH_MAX = 1_220
const CARDS_MAX = 4

/** A piece that hangs on a wire, with what is written there. */
interface Hung {
  readonly part: parts.Part
  /** Where the wire reaches it, from its left edge. */
  readonly anchor: number
  readonly labels: readonly string[]
  readonly bad: boolean
}

export function renderSvg(topology: Topology, limits: words.Limits): string {
  const blocks = blocksOf(topology, limits)
  const summary = words.summaryOf(topology)
  const caption = topology.networks.length === 0 && topology.routers.length === 0 ? words.EMPTY : summary
  const width = Math.max(480, ...blocks.map((block) => block.width), parts.textWidth(caption, 'small')) + 2 * MARGIN
  let y = MARGIN
  const drawn = blocks.map((block) => {
    const svg = block.draw(MARGIN, y)
    y += block.height + GAP
    return svg
  })
  const height = parts.round(y + 14)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${parts.round(width)} ${height}" width="${parts.round(width)}" height="${height}" role="img" aria-labelledby="topology-title">`,
    `<title id="topology-title">Network topology: ${parts.escapeXml(summary)}</title>`,
    `<style>\n${parts.STYLE}\n</style>`,
    '<rect width="100%" height="100%" rx="12" class="page"/>',
    ...drawn,
    parts.text(MARGIN, y + 2, caption, 'small', width, 'dim'),
    '</svg>\n',
  ].join('\n')
}

function blocksOf(topology: Topology, limits: words.Limits): parts.Part[] {
  const { trunks, apart, unused } = arrange(topology)
  const accents = new Map(topology.networks.map(({ id }, index) => [id, index]))
  const painter = new Painter(topology, limits, accents)
  const alone = some(
    apart,
    limits.items,
    (network) => hang(painter.card(network)),
    (rest) => hang(parts.noteCard(`… and ${words.plural(rest, 'more network')}`, 'shown by --all', null)),
  )
  const notes = unused.slice(0, limits.items).map((network) => `${network.label} (${words.cidrsOf(network)})`)
  return [
    ...trunks.map((trunk) => painter.trunk(trunk)),
    ...(alone.length > 0 ? [rowsOf(alone, null)] : []),
    ...(notes.length > 0 ? [captionOf(`not used: ${notes.join(', ')}`)] : []),
  ]
}

class Painter {
  readonly #limits: words.Limits
  readonly #accents: ReadonlyMap<string, number>
  readonly #links: ReadonlyMap<string, readonly Link[]>
  readonly #routers: ReadonlyMap<string, string>

  constructor(topology: Topology, limits: words.Limits, accents: ReadonlyMap<string, number>) {
    this.#limits = limits
    this.#accents = accents
    this.#links = Map.groupBy(topology.links, ({ network }) => network)
    this.#routers = new Map(topology.routers.map(({ id, label }) => [id, label]))
  }

  card(network: Network): parts.Part {
    return parts.networkCard(network, this.#limits, this.#accents.get(network.id) ?? 0)
  }

  trunk({ network, branches }: Trunk): parts.Part {
    const groups = some(
      branches,
      this.#limits.items,
      (branch) => this.#group(branch),
      (rest) => hang(parts.noteCard(`… and ${words.plural(rest, 'more router')}`, 'shown by --all', null)),
    )
    if (network === null)
      return rowsOf(
        groups.map((group) => ({ ...group, labels: [] })),
        null,
      )
    const here = new Set(branches.map(({ router }) => router.id))
    const links = (this.#links.get(network.id) ?? []).filter(({ router }) => !here.has(router))
    const others = links.map(
      (link) => `${link.kind} of router ${this.#routers.get(link.router)}: ${words.linkText(link)}`,
    )
    const below = rowsOf(groups, 'top')
    const bar = parts.externalBar(network, Math.max(below.width, 2 * parts.CARD_WIDTH), others)
    if (network.ports.length === 0) return stack(bar, groups)
    return stack(bar, [...groups, hang(this.card(network))])
  }

  #group({ router, gateway, others, leaves }: Branch): Hung {
    const lines = [
      ...others.map(({ link, network }) => `${link.kind} on ${network.label}: ${words.linkText(link)}`),
      ...router.routes.map(({ destination, nexthop }) => `route ${destination} → ${nexthop}`),
    ]
    const pill = parts.routerPill(router, lines)
    const cards = some(
      leaves,
      this.#limits.items,
      (leaf) => this.#leaf(leaf),
      (rest) => hang(parts.noteCard(`… and ${words.plural(rest, 'more network')}`, 'shown by --all', null)),
    )
    const part = stack(pill, cards)
    return { ...labelled(gateway), part, anchor: part.width / 2 }
  }

  #leaf({ link, network, drawn }: Leaf): Hung {
    const part = drawn ? this.card(network) : parts.noteCard(network.label, 'already drawn', network.id)
    return { ...labelled(link), part, anchor: part.width / 2 }
  }
}

function labelled(link: Link | null): Pick<Hung, 'labels' | 'bad'> {
  if (link === null) return { labels: [], bad: false }
  const [first = words.linkText({ ...link, addresses: [] }), ...more] = link.addresses
  return { labels: [words.linkText({ ...link, addresses: [first] }), ...more], bad: words.isBad(link) }
}

function hang(part: parts.Part): Hung {
  return { part, anchor: part.width / 2, labels: [], bad: false }
}

/** The first of them, and one piece for the rest. */
function some<T>(items: readonly T[], max: number, draw: (item: T) => Hung, rest: (count: number) => Hung): Hung[] {
  const shown = items.slice(0, max).map(draw)
  return items.length > max ? [...shown, rest(items.length - max)] : shown
}

/** The head in the middle, the others below it in rows. */
function stack(head: parts.Part, items: readonly Hung[]): parts.Part {
  if (items.length === 0) return head
  const rows = rowsOf(items, 'top')
  const width = Math.max(head.width, rows.width)
  return {
    width,
    height: head.height + rows.height,
    draw(x, y) {
      const left = x + (width - rows.width) / 2
      const wires = rowsOf(items, { x: x + width / 2, y: y + head.height })
      return [wires.draw(left, y + head.height), head.draw(x + (width - head.width) / 2, y)].join('\n')
    },
  }
}

interface Row {
  readonly items: readonly Hung[]
  readonly width: number
  readonly height: number
}

/**
 * Rows below each other. `from`: where the wire comes from; `top`: to measure only; null: no wires. A row after the
 * first is reached on the left, beside the rows before it.
 */
function rowsOf(items: readonly Hung[], from: { readonly x: number; readonly y: number } | 'top' | null): parts.Part {
  const rows = breakRows(items)
  const gutter = rows.length > 1 && from !== null ? GUTTER : 0
  const drop = from === null ? 0 : DROP
  const inner = Math.max(...rows.map((row) => row.width))
  const width = inner + 2 * gutter
  const height = rows.reduce((sum, row) => sum + row.height + drop, 0) + (rows.length - 1) * (from === null ? GAP : 0)
  return {
    width,
    height,
    draw(x, y) {
      const pieces: string[] = []
      let at = y
      rows.forEach((row, index) => {
        const start = x + gutter + (inner - row.width) / 2
        const places = placesOf(row, start, at + drop)
        if (from !== null && from !== 'top') pieces.push(wiresOf(places, index === 0 ? from : { x, y: at }, at + 20))
        pieces.push(...places.map(({ item, x: left, y: top }) => item.part.draw(left, top)))
        at += row.height + drop + (from === null ? GAP : 0)
      })
      if (gutter > 0 && from !== null && from !== 'top') {
        const last = at - rows.at(-1)!.height - drop + 20
        pieces.unshift(
          `<path d="M${parts.round(from.x)} ${parts.round(y + 20)}H${parts.round(x)}V${parts.round(last)}" class="wire"/>`,
        )
      }
      return pieces.join('\n')
    },
  }
}

interface Place {
  readonly item: Hung
  readonly x: number
  readonly y: number
}

function placesOf(row: Row, start: number, y: number): Place[] {
  let x = start
  return row.items.map((item) => {
    const place = { item, x, y }
    x += item.part.width + GAP
    return place
  })
}

/** From above to a line across, from there down to each, with the address beside it. */
function wiresOf(places: readonly Place[], from: { readonly x: number; readonly y: number }, across: number): string {
  const ends = places.map(({ item, x }) => x + item.anchor)
  const [left, right] = [Math.min(from.x, ...ends), Math.max(from.x, ...ends)]
  const lines = [
    `M${parts.round(from.x)} ${parts.round(from.y)}V${parts.round(across)}`,
    `M${parts.round(left)} ${parts.round(across)}H${parts.round(right)}`,
    ...places.map(({ y }, index) => `M${parts.round(ends[index]!)} ${parts.round(across)}V${parts.round(y)}`),
  ]
  const labels = places.flatMap(({ item, x, y }, index) => {
    const end = ends[index]!
    const room = (ends[index + 1] ?? x + item.part.width + GAP) - end - 12
    const colour = item.bad ? 'red' : 'dim'
    return item.labels
      .slice(0, 2)
      .map((label, line) => parts.text(end + 7, y - 24 + line * 15, label, 'mono', room, colour))
  })
  return [`<path d="${lines.join('')}" class="wire"/>`, ...labels].join('\n')
}

function breakRows(items: readonly Hung[]): Row[] {
  const rows: Hung[][] = [[]]
  for (const item of items) {
    const row = rows.at(-1)!
    const full = row.length >= CARDS_MAX || widthOf([...row, item]) > ROW_WIDTH_MAX
    if (row.length > 0 && full) rows.push([item])
    else row.push(item)
  }
  return rows.map((row) => ({
    items: row,
    width: widthOf(row),
    height: Math.max(0, ...row.map(({ part }) => part.height)),
  }))
}

function widthOf(row: readonly Hung[]): number {
  return row.reduce((sum, { part }) => sum + part.width, 0) + (row.length - 1) * GAP
}

function captionOf(value: string): parts.Part {
  const width = Math.min(parts.textWidth(value, 'small'), ROW_WIDTH_MAX)
  return { width, height: 14, draw: (x, y) => parts.text(x, y + 10, value, 'small', width + 1, 'dim') }
}
