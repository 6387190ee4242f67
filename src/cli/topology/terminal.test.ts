import assert from 'node:assert/strict'
import { test } from 'node:test'
import { displayWidth } from '#cli/output/width.ts'
import * as example from './example.ts'
import { graphOf } from './graph.ts'
import { paintLines } from './lines.ts'
import type { Records } from './records.ts'
import { renderTerminal } from './terminal.ts'
import { LIMITS, NO_LIMITS } from './words.ts'

interface Options {
  readonly columns?: number
  readonly ascii?: boolean
  readonly all?: boolean
}

function draw(world: Records, { columns = 80, ascii = false, all = false }: Options = {}): string {
  const lines = renderTerminal(graphOf(world), { columns, ascii, limits: all ? NO_LIMITS : LIMITS })
  return paintLines(lines, (_, text) => text)
}

const TYPICAL = `\
╔═ public ═════════════════════════════════════════════════════════ external ═╗
║ 203.0.113.0/24  gateway 203.0.113.1  no DHCP                                ║
║ ⇄ 1 free floating IP: 203.0.113.78                                          ║
╚══╤══════════════════════════════════════════════════════════════════════════╝
   │ 203.0.113.10  SNAT
   └─┬─ edge ──────────────────────────────────────────────────────── router ─┐
     │ route 10.99.0.0/16 → 10.10.2.20                                        │
     └──┬─────────────────────────────────────────────────────────────────────┘
        │ 10.10.2.1
        ├─┬─ db ──────────────────────────────────────────────────────────────╮
        │ │ 10.10.2.0/24  no gateway  db4                                     │
        │ │ ● db-1             10.10.2.20                                     │
        │ │ ● jump             10.10.2.9   also on web                        │
        │ │ ○ virtual-address  10.10.2.50  not plugged                        │
        │ │ dhcp 10.10.2.2                                                    │
        │ ╰───────────────────────────────────────────────────────────────────╯
        │ 10.10.1.1, 2001:db8:1::1
        └─┬─ web ─────────────────────────────────────────────────────────────╮
          │ 10.10.1.0/24     gateway 10.10.1.1      web4                      │
          │ 2001:db8:1::/64  gateway 2001:db8:1::1  web6                      │
          │ ● jump   10.10.1.9                                  also on db    │
          │ ● web-1  10.10.1.12, 2001:db8:1::c  ⇄ 203.0.113.77                │
          │ ○ web-2  10.10.1.13, 2001:db8:1::d                  DOWN          │
          │ dhcp 10.10.1.2                                                    │
          ╰───────────────────────────────────────────────────────────────────╯

not used: office (192.168.7.0/24, shared)
4 networks, 1 router, 4 instances (1 DOWN), 1 other port, 2 floating IPs (1 free), 1 security group
`

test('terminal: networks, routers, addresses, instances, floating IPs, each where it belongs', () => {
  assert.equal(draw(example.typicalWorld()), TYPICAL)
})

const PLAIN = `\
#= public ===================================== external =#
| 203.0.113.0/24  gateway 203.0.113.1  no DHCP            |
| <-> 1 free floating IP: 203.0.113.78                    |
#==+======================================================#
   | 203.0.113.10  SNAT
   +-+- edge ------------------------------------ router -+
     | route 10.99.0.0/16 -> 10.10.2.20                   |
     +--+-------------------------------------------------+
        | 10.10.2.1
        +-+- db ------------------------------------------+
        | | 10.10.2.0/24  no gateway  db4                 |
        | | * db-1             10.10.2.20                 |
        | | * jump             10.10.2.9   also on web    |
        | | o virtual-address  10.10.2.50  not plugged    |
        | | dhcp 10.10.2.2                                |
        | +-----------------------------------------------+
        | 10.10.1.1, 2001:db8:1::1
        +-+- web -----------------------------------------+
          | 10.10.1.0/24     gateway 10.10.1.1      web4  |
          | 2001:db8:1::/64  gateway 2001:db8:1::1  web6  |
          | * jump  10.10.1.9  also on db                 |
          | * web-1  10.10.1.12, 2001:db8:1::c  <-> 20... |
          | o web-2  10.10.1.13, 2001:db8:1::d  DOWN      |
          | dhcp 10.10.1.2                                |
          +-----------------------------------------------+

not used: office (192.168.7.0/24, shared)
4 networks, 1 router, 4 instances (1 DOWN), 1 other port, 2 floating IPs (1 free), 1 security group
`

test('terminal: the same with ASCII alone, narrow', () => {
  assert.equal(draw(example.typicalWorld(), { ascii: true, columns: 60 }), PLAIN)
})

for (const [title, world] of Object.entries({
  typical: example.typicalWorld(),
  strange: example.strangeWorld(),
  large: example.largeWorld(200, 1000),
  crowded: example.largeWorld(2, 90),
})) {
  for (const columns of [40, 80, 120, 200]) {
    test(`terminal: nothing is wider than ${columns} columns, and boxes are closed (${title})`, () => {
      for (const ascii of [false, true]) {
        const lines = draw(world, { columns, ascii, all: title !== 'large' }).split('\n')
        const widths = lines.slice(0, -2).map((line) => displayWidth(line))
        assert.ok(Math.max(...widths) < columns, String(Math.max(...widths)))
        const open = lines.filter((line) => /[╔║╚╭╰]/.test(line) && !/[╗║╝╮│╯]$/.test(line))
        assert.deepEqual(open, [])
      }
    })
  }
}

test('terminal: ASCII is nothing but ASCII, whatever names are made of', () => {
  assert.match(draw(example.strangeWorld(), { ascii: true }), /^[ -~\n]*$/)
})

test('terminal: much is counted, and everything drawn when asked for', () => {
  const many = example.largeWorld(200, 1000)
  const short = draw(many)
  assert.match(short, /… and 180 more networks \(--all\)/)
  assert.match(short, /net-3 +10\.4\.0\.0\/24 +10\.4\.0\.1 +5 ports \(1 DOWN\)/)
  assert.match(short, /201 networks, 1 router, 1000 instances \(111 DOWN\)/)
  assert.ok(short.split('\n').length < 40)
  const whole = draw(many, { all: true })
  assert.equal(whole.match(/vm-\d+ /g)?.length, 1000)
  assert.doesNotMatch(whole, /more/)
  const crowded = draw(example.largeWorld(1, 45), { columns: 70 })
  assert.match(crowded, /… and \d+ more ports \(\d DOWN\) \(--all\)/)
})

test('terminal: what is wrong is said, and coloured', () => {
  const lines = renderTerminal(graphOf(example.strangeWorld()), { columns: 100, ascii: false, limits: LIMITS })
  const painted = paintLines(lines, (colour, text) => `<${colour}>${text}</>`)
  for (const wrong of ['<red>✖</>', '<red>ERROR</>', '<yellow>BUILD</>', '<yellow>admin down</>']) {
    assert.ok(painted.includes(wrong), wrong)
  }
})

test('terminal: several gateways, a network of two routers, a router of others: all are named', () => {
  const text = draw(example.strangeWorld(), { columns: 100 })
  for (const fact of [
    /gateway on south: 198\.51\.100\.2 {2}SNAT/,
    /203\.0\.113\.12 {2}no SNAT/,
    /router right: 10\.3\.0\.2/,
    /blue \(4e000003\) \(drawn above\)/,
    /not yours, router/,
    /gateway of router right: 198\.51\.100\.2/,
    /no network/,
  ]) {
    assert.match(text, fact)
  }
})

test('terminal: an empty project is told how to begin', () => {
  assert.equal(draw(example.EMPTY_WORLD), 'Nothing here yet. Begin with: neutron net-create NAME\n')
})
