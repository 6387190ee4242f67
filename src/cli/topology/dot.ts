/**
 * The topology for Graphviz. Pure.
 * Source: the DOT language: an undirected graph, quoted strings in which `\` and `"` are escaped.
 */
import type { Topology } from './graph.ts'
import { type Edge, type Node, outlineOf } from './nodes.ts'
import * as words from './words.ts'

export function renderDot(topology: Topology): string {
  const { nodes, edges } = outlineOf(topology)
  return [
    'graph topology {',
    '  graph [rankdir=TB, nodesep=0.4, ranksep=0.7, fontname="sans-serif"]',
    '  node [fontname="sans-serif", fontsize=11, style="filled,rounded", shape=box, color="#64748b", fillcolor="#f8fafc"]',
    '  edge [fontname="monospace", fontsize=9, color="#94a3b8"]',
    ...nodes.map((node) => `  ${quoted([node.id])} [${nodeAttributes(node)}]`),
    ...edges.map((edge) => `  ${edgeLine(edge)}`),
    '}',
    '',
  ].join('\n')
}

function nodeAttributes(node: Node): string {
  if (node.kind === 'network') {
    const { network } = node
    const label = quoted([
      network.label,
      ...network.subnets.map(({ cidr }) => cidr),
      words.networkTags(network).join(', '),
    ])
    const colours = network.external ? ['#2563eb', '#dbeafe'] : ['#0891b2', '#ecfeff']
    return `label=${label}, ${coloured(words.isBad(network) ? BAD : colours)}, penwidth=2`
  }
  if (node.kind === 'router') {
    const label = quoted([node.router.label, words.routerTags(node.router).join(', ')])
    return `label=${label}, shape=hexagon, style=filled, ${coloured(words.isBad(node.router) ? BAD : ['#ea580c', '#fff7ed'])}`
  }
  const notes = [...new Set(node.ports.map((port) => words.MARK_WORDS[port.mark]))].join(', ')
  const label = quoted([node.label, notes])
  return `label=${label}${node.ports.some(words.isBad) ? `, ${coloured(BAD)}` : ''}`
}

const BAD = ['#dc2626', '#fef2f2']

function coloured([line, fill]: readonly string[]): string {
  return `color="${line}", fillcolor="${fill}"`
}

function edgeLine(edge: Edge): string {
  if (edge.kind !== 'port') {
    const more = edge.kind === 'gateway' ? ', penwidth=2' : ''
    return `${quoted([edge.from])} -- ${quoted([edge.to])} [label=${quoted([words.linkText(edge.link)])}${more}]`
  }
  const { port } = edge
  const floating = port.floatingIps.map(({ address }) => `⇄ ${address}`)
  const label = quoted([port.addresses.join(', ') || 'no address', ...floating])
  return `${quoted([edge.from])} -- ${quoted([edge.to])} [label=${label}]`
}

/** Lines of text in quotes, as Graphviz reads them. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.filter(Boolean).map((line) => line.replaceAll(/["\\]/g, (sign) => `\\${sign}`))
  return `"${escaped.join('\\n')}"`
}
