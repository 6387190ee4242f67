/**
 * The topology for a terminal: networks and routers as boxes, what hangs below what, as wide as the terminal. Answers
 * lines with colours named, not painted. Pure.
 */
import { type Arrangement, arrange, type Branch, type Leaf, type Trunk } from './arrange.ts'
import type { Link, Mark, Network, Port, Router, Topology } from './graph.ts'
import { type Colour, columns, cut, fit, fittingTable, type Line, type Span, table, widthOf } from './lines.ts'
import * as words from './words.ts'

export interface TerminalOptions {
  readonly columns: number
  /** Boxes of `+`, `-` and `|`, and nothing else that is not ASCII. */
  readonly ascii: boolean
  readonly limits: words.Limits
}

const COLUMNS_MIN = 40
const COLUMNS_MAX = 132
/** So many ports stay below each other however wide the terminal is. */
const FEW_PORTS = 4

const MARK_COLOURS: { readonly [mark in Mark]: Colour | undefined } = {
  active: 'green',
  build: 'yellow',
  down: 'red',
  error: 'red',
  disabled: 'yellow',
  unplugged: 'dim',
  unknown: undefined,
}

const UNICODE = {
  marks: { active: '●', build: '◐', down: '○', error: '✖', disabled: '⊘', unplugged: '○', unknown: '·' },
  external: '╔═╗║╚╝╤',
  network: '╭─╮│╰╯┬',
  router: '┌─┐│└┘┬',
  lane: '│',
  fork: '├─',
  end: '└─',
  joint: '┬',
  floating: '⇄',
  arrow: '→',
  more: '…',
}
const ASCII: typeof UNICODE = {
  marks: { active: '*', build: '~', down: 'o', error: 'x', disabled: '-', unplugged: 'o', unknown: '.' },
  external: '#=#|##+',
  network: '+-+|+++',
  router: '+-+|+++',
  lane: '|',
  fork: '+-',
  end: '+-',
  joint: '+',
  floating: '<->',
  arrow: '->',
  more: '...',
}

type Glyphs = typeof UNICODE

interface Box {
  readonly border: 'external' | 'network' | 'router'
  readonly title: string
  readonly tags: readonly string[]
  readonly mark: Mark
  readonly rows: (width: number) => readonly Line[]
}

/** A box, or a line alone, and what hangs below it. */
interface Item {
  /** On the line that leads to it. */
  readonly label: Line | null
  readonly box: Box | Line
  readonly below: readonly Item[]
}

export function renderTerminal(topology: Topology, { columns: wanted, ascii, limits }: TerminalOptions): Line[] {
  const width = Math.max(COLUMNS_MIN, Math.min(wanted, COLUMNS_MAX)) - 1
  const arrangement = arrange(topology)
  const sheet = new Sheet(topology, arrangement, ascii ? ASCII : UNICODE, limits)
  const items = sheet.items()
  const lines = items.flatMap((item) => [...sheet.draw(item, width), []])
  const all = [...lines, ...sheet.ending(width)]
  return ascii ? all.map((line) => line.map(([text, colour]): Span => [toAscii(text), colour])) : all
}

/** Names may have any character. */
function toAscii(text: string): string {
  return text.replaceAll(/[^ -~]/gu, '?')
}

class Sheet {
  readonly #topology: Topology
  readonly #arrangement: Arrangement
  readonly #glyphs: Glyphs
  readonly #limits: words.Limits
  readonly #links: ReadonlyMap<string, readonly Link[]>
  readonly #routers: ReadonlyMap<string, Router>

  constructor(topology: Topology, arrangement: Arrangement, glyphs: Glyphs, limits: words.Limits) {
    this.#topology = topology
    this.#arrangement = arrangement
    this.#glyphs = glyphs
    this.#limits = limits
    this.#links = Map.groupBy(topology.links, ({ network }) => network)
    this.#routers = new Map(topology.routers.map((router) => [router.id, router]))
  }

  /** Everything, from the top. */
  items(): Item[] {
    const { trunks, apart } = this.#arrangement
    return [
      ...trunks.flatMap((trunk) => this.#trunk(trunk)),
      ...(this.#isLarge() ? this.#shortLines(apart.map((network) => ({ network, note: '' }))) : []),
      ...(this.#isLarge() ? [] : apart.map((network) => this.#card(network, null, null))),
    ]
  }

  #isLarge(): boolean {
    return this.#topology.networks.length > this.#limits.cards
  }

  #trunk({ network, branches }: Trunk): Item[] {
    const shown = branches.slice(0, this.#limits.items)
    const items = shown.map((branch) => this.#branch(branch))
    const rest = branches.length - shown.length
    const networks = branches.slice(shown.length).reduce((sum, { leaves }) => sum + leaves.length, 0)
    const more = `and ${words.plural(rest, 'more router')} with ${words.plural(networks, 'network')} (--all)`
    const below = rest > 0 ? [...items, this.#note(more)] : items
    if (network === null) return below.map((item) => ({ ...item, label: null }))
    const here = new Set(branches.map(({ router }) => router.id))
    return [{ ...this.#card(network, null, here), below }]
  }

  #branch({ router, gateway, others, leaves }: Branch): Item {
    const rows = [
      ...others.map(({ link, network }): Line => [[`${link.kind} on ${network.label}: ${words.linkText(link)}`]]),
      ...router.routes.map(
        ({ destination, nexthop }): Line => [['route ', 'dim'], [`${destination} ${this.#glyphs.arrow} ${nexthop}`]],
      ),
      ...(leaves.length === 0 && others.length === 0 ? [[['no network', 'dim']] as Line] : []),
    ]
    return {
      label: gateway ? this.#label(gateway) : null,
      box: {
        border: 'router',
        title: router.label,
        tags: words.routerTags(router),
        mark: router.mark,
        rows: () => rows,
      },
      below: this.#leaves(leaves),
    }
  }

  #leaves(leaves: readonly Leaf[]): Item[] {
    if (this.#isLarge()) {
      return this.#shortLines(leaves.map(({ network, link }) => ({ network, note: words.linkText(link) })))
    }
    return leaves.map(({ network, link, drawn }) => {
      if (drawn) return this.#card(network, link, new Set([link.router]))
      return { label: this.#label(link), box: [[' '], [network.label, 'bold'], [' (drawn above)', 'dim']], below: [] }
    })
  }

  #label(link: Link): Line {
    return [[words.linkText(link), words.isBad(link) ? MARK_COLOURS[link.mark] : undefined]]
  }

  #note(text: string): Item {
    return { label: null, box: [[` ${this.#glyphs.more} ${text}`, 'dim']], below: [] }
  }

  /** Each network in one line, where they are many. */
  #shortLines(networks: readonly { readonly network: Network; readonly note: string }[]): Item[] {
    const shown = networks.slice(0, this.#limits.items)
    const lines = table(
      shown.map(({ network, note }): Line[] => [
        [[' '], [network.label, 'bold']],
        [[words.cidrsOf(network)]],
        [[note, 'dim']],
        [[words.counted(network.ports, 'port'), network.ports.some(words.isBad) ? 'red' : undefined]],
        [[words.networkTags(network).join(', '), 'dim']],
      ]),
    )
    const items = lines.map((box): Item => ({ label: null, box, below: [] }))
    const rest = networks.length - shown.length
    return rest > 0 ? [...items, this.#note(`and ${words.plural(rest, 'more network')} (--all)`)] : items
  }

  /** `drawn`: routers that are drawn beside it, which it need not name. */
  #card(network: Network, link: Link | null, drawn: ReadonlySet<string> | null): Item {
    return {
      label: link ? this.#label(link) : null,
      box: {
        border: network.external ? 'external' : 'network',
        title: network.label,
        tags: words.networkTags(network),
        mark: network.mark,
        rows: (width) => this.#networkRows(network, drawn ?? new Set(), width),
      },
      below: [],
    }
  }

  #networkRows(network: Network, drawn: ReadonlySet<string>, width: number): Line[] {
    const { floating } = this.#glyphs
    const others = (this.#links.get(network.id) ?? []).filter(({ router }) => !drawn.has(router))
    const free = network.freeFloatingIps.map(({ address }) => address)
    const subnets = network.subnets.map((subnet) => [
      [[subnet.cidr]] as Line,
      ...words.subnetNotes(subnet).map((note): Line => [[note, 'dim']]),
      [[subnet.name, 'dim']] as Line,
    ])
    return [
      ...(subnets.length > 0 ? table(subnets) : [[['no subnet', 'dim']] as Line]),
      ...others.map((link): Line => {
        const name = this.#routers.get(link.router)!.label
        return [[`${link.kind === 'gateway' ? 'gateway of' : ''} router ${name}: ${words.linkText(link)}`.trim()]]
      }),
      ...this.#portRows(network.ports, width),
      ...words.serviceTexts(network).map((text): Line => [[text, 'dim']]),
      ...(free.length > 0
        ? [[[`${floating} ${words.plural(free.length, 'free floating IP')}: ${free.join(', ')}`]] as Line]
        : []),
    ]
  }

  #portRows(ports: readonly Port[], width: number): Line[] {
    const { marks, floating } = this.#glyphs
    const half = Math.floor(width / 2)
    const rows = fittingTable(
      ports.map((port): Line[] => [
        [[marks[port.mark], MARK_COLOURS[port.mark]], [' '], ...cut([[port.label, 'bold']], half, this.#glyphs.more)],
        [[port.addresses.join(', ')]],
        port.floatingIps.length > 0
          ? [[`${floating} ${port.floatingIps.map((ip) => words.floatingIpText(ip, port)).join(', ')}`, 'blue']]
          : [],
        [[words.portNotes(port).join(', '), words.isBad(port) ? MARK_COLOURS[port.mark] : 'dim']],
      ]),
      width,
    )
    const lines = columns(rows, width, FEW_PORTS)
    if (lines.length <= this.#limits.ports) return lines
    const across = Math.ceil(rows.length / lines.length)
    const shown = this.#limits.ports * across
    const rest = words.counted(ports.slice(shown), 'more port')
    return [...columns(rows.slice(0, shown), width, FEW_PORTS), [[`${this.#glyphs.more} and ${rest} (--all)`, 'dim']]]
  }

  draw(item: Item, width: number): Line[] {
    const { box, below } = item
    const head = isBox(box) ? this.#drawBox(box, width, below.length > 0) : [cut(box, width, this.#glyphs.more)]
    return [...head, ...this.#drawBelow(below, width)]
  }

  #drawBelow(items: readonly Item[], width: number): Line[] {
    const { lane, fork, end, joint, more } = this.#glyphs
    return items.flatMap((item, index) => {
      const last = index === items.length - 1
      const [first = [], ...rest] = this.draw(item, width - 5)
      const corner: Line = isBox(item.box) ? [[joint, borderColour(item.box)], ...first.slice(1)] : first
      const before: Span = [last ? '     ' : `   ${lane} `, 'dim']
      const gap: Line[] = isBox(item.box) && item.label === null ? [[[`   ${lane}`, 'dim']]] : []
      const label: Line[] = item.label ? [[[`   ${lane} `, 'dim'], ...cut(item.label, width - 5, more)]] : gap
      return [...label, [[`   ${last ? end : fork}`, 'dim'], ...corner], ...rest.map((line): Line => [before, ...line])]
    })
  }

  #drawBox(box: Box, width: number, open: boolean): Line[] {
    const [topLeft, flat, topRight, side, bottomLeft, bottomRight, down] = [...this.#glyphs[box.border]] as string[]
    const colour = borderColour(box)
    const inner = width - 4
    const tags = cut(
      [[box.tags.join(', '), words.isBad(box) ? MARK_COLOURS[box.mark] : 'dim']],
      inner - 12,
      this.#glyphs.more,
    )
    const tagged: Line = box.tags.length > 0 ? [[' '], ...tags, [' ']] : []
    const title = cut([[box.title, 'bold']], inner - widthOf(tagged) - 4, this.#glyphs.more)
    const fill = width - 5 - widthOf(title) - widthOf(tagged) - 1
    const top: Line = [
      [topLeft!, colour],
      [flat!, colour],
      [' '],
      ...title,
      [' '],
      [flat!.repeat(fill), colour],
      ...tagged,
      [`${flat}${topRight}`, colour],
    ]
    const rows = box
      .rows(inner)
      .map((row): Line => [[side!, colour], [' '], ...fit(row, inner, this.#glyphs.more), [' '], [side!, colour]])
    const bottom = open
      ? `${bottomLeft}${flat!.repeat(2)}${down}${flat!.repeat(width - 5)}`
      : `${bottomLeft}${flat!.repeat(width - 2)}`
    return [top, ...rows, [[`${bottom}${bottomRight}`, colour]]]
  }

  /** What could be used, and the sum of everything. */
  ending(width: number): Line[] {
    const { unused } = this.#arrangement
    const { networks, routers } = this.#topology
    const usable = unused.map(
      (network) => `${network.label} (${[words.cidrsOf(network), ...words.networkTags(network)].join(', ')})`,
    )
    const shown = usable.slice(0, this.#limits.items)
    const rest = usable.length - shown.length
    const text = [
      ...shown,
      ...(rest > 0 ? [`${this.#glyphs.more} and ${words.plural(rest, 'more network')}`] : []),
    ].join('; ')
    return [
      ...(unused.length > 0
        ? [
            cut(
              [
                ['not used: ', 'dim'],
                [text, 'dim'],
              ],
              width,
              this.#glyphs.more,
            ),
          ]
        : []),
      networks.length === unused.length && routers.length === 0
        ? [[words.EMPTY]]
        : [[words.summaryOf(this.#topology), 'dim']],
    ]
  }
}

function isBox(box: Box | Line): box is Box {
  return 'border' in box
}

function borderColour({ border }: Box): Colour | undefined {
  return border === 'external' ? 'blue' : border === 'router' ? 'yellow' : undefined
}
