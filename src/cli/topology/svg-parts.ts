/**
 * The pieces of the picture: text, cards of networks, bars of external networks, pills of routers. Each piece knows its
 * size and draws itself at a place; svg.ts decides the places. Pure.
 * Source: SVG 1.1 as browsers and librsvg read it; `prefers-color-scheme` for a dark page.
 */
import { displayWidth } from '#cli/output/width.ts'
import type { Mark, Network, Port, Router } from './graph.ts'
import * as words from './words.ts'

export interface Part {
  readonly width: number
  readonly height: number
  draw(x: number, y: number): string
}

export const CARD_WIDTH = 272
const ACCENTS = 8
const LINE = 18
const PAD = 14

/** Widths of one column of text, in pixels, a little too large rather than too small. */
const ADVANCE = { title: 9, name: 7.4, mono: 6.8, small: 6.2 } as const
type Face = keyof typeof ADVANCE

export const STYLE = `
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #0f172a; }
.mono { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; font-size: 11px; }
.title { font-size: 15px; font-weight: 600; } .name { font-size: 12.5px; } .small { font-size: 11px; }
.dim { fill: #64748b; } .blue { fill: #2563eb; } .red { fill: #dc2626; } .yellow { fill: #b45309; }
.page { fill: #ffffff; } .card { fill: #f8fafc; stroke: #cbd5e1; } .bar { fill: #dbeafe; stroke: #60a5fa; }
.pill { fill: #fff7ed; stroke: #fb923c; } .icon { fill: none; stroke: #ea580c; stroke-width: 1.6; }
.globe { fill: none; stroke: #2563eb; stroke-width: 1.4; } .there { stroke-dasharray: 5 4; }
.tag { fill: #e2e8f0; } .wire { fill: none; stroke: #94a3b8; stroke-width: 2; }
.m-active { fill: #16a34a; } .m-build { fill: #f59e0b; } .m-down, .m-error { fill: #dc2626; }
.m-disabled { fill: #b45309; }
.m-unplugged, .m-unknown { fill: none; stroke: #94a3b8; stroke-width: 1.5; }
.a0 { fill: #3b82f6; } .a1 { fill: #14b8a6; } .a2 { fill: #a855f7; } .a3 { fill: #eab308; }
.a4 { fill: #ec4899; } .a5 { fill: #84cc16; } .a6 { fill: #06b6d4; } .a7 { fill: #f97316; }
@media (prefers-color-scheme: dark) {
text { fill: #e2e8f0; } .dim { fill: #94a3b8; }
.blue { fill: #7dd3fc; } .red { fill: #f87171; } .yellow { fill: #fbbf24; }
.page { fill: #0d1117; } .card { fill: #161b22; stroke: #3d4654; } .bar { fill: #12233f; stroke: #2f6fbf; }
.pill { fill: #2a1a0e; stroke: #c2661c; } .icon { stroke: #fb923c; } .globe { stroke: #7dd3fc; } .tag { fill: #2d3543; }
.wire { stroke: #64748b; } .m-active { fill: #4ade80; } .m-down, .m-error { fill: #f87171; }
}`.trim()

/** Text as XML has it; what no XML may have is left out. */
export function escapeXml(text: string): string {
  const entities: { readonly [sign: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replaceAll(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '').replaceAll(/[&<>"]/g, (sign) => entities[sign]!)
}

export function textWidth(text: string, face: Face): number {
  return displayWidth(text) * ADVANCE[face]
}

/** The text as far as there is room for it, whole in a `<title>` where it is cut. `x` is its start, or what `at` says. */
export function text(
  x: number,
  y: number,
  value: string,
  face: Face,
  room: number,
  classes = '',
  at: 'start' | 'middle' | 'end' = 'start',
): string {
  const short = shorten(value, face, room)
  const whole = short === value ? '' : `<title>${escapeXml(value)}</title>`
  const anchor = at === 'start' ? '' : ` text-anchor="${at}"`
  const named = [face, classes].filter(Boolean).join(' ')
  return `<text x="${round(x)}" y="${round(y)}"${anchor} class="${named}">${escapeXml(short)}${whole}</text>`
}

function shorten(value: string, face: Face, room: number): string {
  if (textWidth(value, face) <= room) return value
  let short = ''
  for (const character of value) {
    if (textWidth(`${short}${character}…`, face) > room) break
    short += character
  }
  return `${short}…`
}

export function round(value: number): number {
  return Math.round(value * 10) / 10
}

function markCircle(x: number, y: number, mark: Mark): string {
  const word = words.MARK_WORDS[mark] || mark
  return `<circle cx="${round(x)}" cy="${round(y)}" r="4.5" class="m-${mark}"><title>${escapeXml(word)}</title></circle>`
}

/** Small words with a ground of their own, from the right edge leftwards; answers how much room they took. */
function tags(right: number, y: number, values: readonly string[], room: number): { svg: string; width: number } {
  let width = 0
  const pieces: string[] = []
  for (const value of values.toReversed()) {
    const own = textWidth(value, 'small') + 14
    if (width + own > room) continue
    const x = right - width - own
    const bad = Object.values(words.MARK_WORDS).includes(value) ? 'red' : 'dim'
    pieces.push(`<rect x="${round(x)}" y="${round(y - 12)}" width="${round(own)}" height="17" rx="8.5" class="tag"/>`)
    pieces.push(text(x + own / 2, y + 0.5, value, 'small', own, bad, 'middle'))
    width += own + 6
  }
  return { svg: pieces.join('\n'), width }
}

interface Row {
  readonly height: number
  draw(x: number, y: number, width: number): string
}

/** A network and what is on it. */
export function networkCard(network: Network, limits: words.Limits, accent: number): Part {
  const rows = [...subnetRows(network), ...portRows(network.ports, limits), ...serviceRows(network)]
  const height = 38 + rows.reduce((sum, row) => sum + row.height, 0) + 6
  return {
    width: CARD_WIDTH,
    height,
    draw(x, y) {
      const own = tags(x + CARD_WIDTH - PAD, y + 25, words.networkTags(network), CARD_WIDTH / 2)
      let at = y + 38
      const drawn = rows.map((row) => {
        const svg = row.draw(x + PAD, at, CARD_WIDTH - 2 * PAD)
        at += row.height
        return svg
      })
      return [
        `<g id="n-${escapeXml(network.id)}">`,
        `<rect x="${round(x)}" y="${round(y)}" width="${CARD_WIDTH}" height="${height}" rx="9" class="card"/>`,
        accentLine(x, y, CARD_WIDTH, accent),
        text(x + PAD, y + 26, network.label, 'title', CARD_WIDTH - 2 * PAD - own.width),
        own.svg,
        ...drawn,
        '</g>',
      ].join('\n')
    },
  }
}

function accentLine(x: number, y: number, width: number, accent: number): string {
  const [left, top, right] = [round(x), round(y), round(x + width)]
  return `<path d="M${left} ${top + 9}a9 9 0 0 1 9 -9H${right - 9}a9 9 0 0 1 9 9v-3.5H${left}z" class="a${accent % ACCENTS}"/>`
}

function subnetRows({ subnets }: Network): Row[] {
  if (subnets.length === 0) return [line('no subnet', 'small', 'dim')]
  return subnets.map((subnet) => ({
    height: LINE,
    draw(x, y, width) {
      const own = Math.min(width, textWidth(subnet.cidr, 'mono'))
      const notes = [subnet.gateway === null ? 'no gateway' : '', subnet.dhcp ? '' : 'no DHCP']
        .filter(Boolean)
        .join(', ')
      const room = width - own - 10
      const more = notes && room > 30 ? text(x + own + 10, y + 11, notes, 'small', room, 'dim') : ''
      return [text(x, y + 11, subnet.cidr, 'mono', width), more].filter(Boolean).join('\n')
    },
  }))
}

function portRows(ports: readonly Port[], limits: words.Limits): Row[] {
  if (ports.length === 0) return []
  const shown = ports.slice(0, limits.ports)
  const rest = ports.slice(shown.length)
  const more = rest.length > 0 ? [line(`… and ${words.counted(rest, 'more port')}`, 'small', 'dim')] : []
  return [gap(), ...shown.map(portRow), ...more]
}

function portRow(port: Port): Row {
  const [address = '', ...others] = port.addresses
  const floating = port.floatingIps.map((ip) => words.floatingIpText(ip, port)).join(', ')
  const notes = words.portNotes(port).join(', ')
  const below = [
    ...others.map((other) => ({ value: other, face: 'mono', colour: 'dim' }) as const),
    ...(floating ? [{ value: `⇄ ${floating}`, face: 'mono', colour: 'blue' } as const] : []),
    ...(notes ? [{ value: notes, face: 'small', colour: words.isBad(port) ? 'red' : 'dim' } as const] : []),
  ]
  return {
    height: LINE + below.length * 15,
    draw(x, y, width) {
      const own = textWidth(address, 'mono')
      const alone = own > width / 2
      const nameRoom = width - 14 - (alone ? 0 : own + 8)
      return [
        markCircle(x + 5, y + 8, port.mark),
        text(x + 16, y + 12, port.label, 'name', alone ? width / 2 - 20 : nameRoom),
        text(x + width, y + 12, address, 'mono', alone ? width / 2 : own, '', 'end'),
        ...below.map(({ value, face, colour }, index) =>
          text(x + 16, y + 12 + 15 * (index + 1), value, face, width - 16, colour),
        ),
      ].join('\n')
    },
  }
}

function serviceRows(network: Network): Row[] {
  const free = network.freeFloatingIps.map(({ address }) => address)
  return [
    ...words.serviceTexts(network).map((value) => line(value, 'small', 'dim')),
    ...(free.length > 0 ? [line(`⇄ ${free.length} free: ${free.join(', ')}`, 'small', 'blue')] : []),
  ]
}

function line(value: string, face: Face, classes: string): Row {
  return { height: LINE, draw: (x, y, width) => text(x, y + 12, value, face, width, classes) }
}

function gap(): Row {
  return {
    height: 9,
    draw: (x, y, width) =>
      `<path d="M${round(x)} ${round(y + 2)}h${round(width)}" class="wire" stroke-width="1" opacity="0.4"/>`,
  }
}

/** A network that is drawn elsewhere, or what is not drawn at all. */
export function noteCard(title: string, note: string, href: string | null): Part {
  const height = 54
  return {
    width: CARD_WIDTH,
    height,
    draw(x, y) {
      const inner = [
        `<rect x="${round(x)}" y="${round(y)}" width="${CARD_WIDTH}" height="${height}" rx="9" class="card there"/>`,
        text(x + PAD, y + 24, title, 'title', CARD_WIDTH - 2 * PAD),
        text(x + PAD, y + 42, note, 'small', CARD_WIDTH - 2 * PAD, 'dim'),
      ].join('\n')
      return href === null ? inner : `<a href="#n-${escapeXml(href)}">\n${inner}\n</a>`
    },
  }
}

/** An external network, as wide as what hangs below it. */
export function externalBar(network: Network, width: number, lines: readonly string[]): Part {
  const height = 56 + lines.length * LINE
  return {
    width,
    height,
    draw(x, y) {
      const own = tags(x + width - PAD, y + 24, words.networkTags(network), width / 2)
      const free = network.freeFloatingIps.map(({ address }) => address)
      const cidrs = `${words.cidrsOf(network)}${free.length > 0 ? `   ⇄ ${free.length} free: ${free.join(', ')}` : ''}`
      return [
        `<g id="n-${escapeXml(network.id)}">`,
        `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="12" class="bar"/>`,
        globe(x + 28, y + 28),
        text(x + 50, y + 25, network.label, 'title', width - 64 - own.width),
        text(x + 50, y + 43, cidrs, 'mono', width - 64, 'dim'),
        ...lines.map((value, index) => text(x + 50, y + 61 + index * LINE, value, 'small', width - 64, 'dim')),
        own.svg,
        '</g>',
      ].join('\n')
    },
  }
}

function globe(x: number, y: number): string {
  return [
    `<g class="globe" transform="translate(${round(x)} ${round(y)})"><circle r="12"/>`,
    '<ellipse rx="5" ry="12"/><path d="M-12 0H12M-10.5 -6H10.5M-10.5 6H10.5"/></g>',
  ].join('')
}

export function routerPill(router: Router, lines: readonly string[]): Part {
  const tagged = words.routerTags(router).filter((tag) => tag !== 'router')
  const tagsWidth = tagged.reduce((sum, tag) => sum + textWidth(tag, 'small') + 20, 0)
  const widest = Math.max(
    ...lines.map((value) => textWidth(value, 'small')),
    textWidth(router.label, 'title') + tagsWidth,
  )
  const width = Math.min(Math.max(150, widest + 66), CARD_WIDTH * 2)
  const height = 44 + lines.length * LINE
  return {
    width,
    height,
    draw(x, y) {
      const own = tags(x + width - PAD, y + 27, tagged, width / 2)
      return [
        `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="22" class="pill"/>`,
        routerIcon(x + 24, y + 22),
        text(x + 44, y + 27, router.label, 'title', width - 44 - PAD - own.width),
        own.svg,
        ...lines.map((value, index) => text(x + 44, y + 45 + index * LINE, value, 'small', width - 58, 'dim')),
      ].join('\n')
    },
  }
}

function routerIcon(x: number, y: number): string {
  return [
    `<g class="icon" transform="translate(${round(x)} ${round(y)})"><circle r="11"/>`,
    '<path d="M-2 0H-8M-5.5 -2.5L-8 0L-5.5 2.5M2 0H8M5.5 -2.5L8 0L5.5 2.5"/>',
    '<path d="M0 -8V-2M-2.5 -4.5L0 -2L2.5 -4.5M0 8V2M-2.5 4.5L0 2L2.5 4.5"/></g>',
  ].join('')
}
