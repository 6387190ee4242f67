/**
 * The topology for Graphviz. Pure.
 * Source: the DOT language: an undirected graph, quoted strings in which `\` and `"` are escaped.
 */
import type { Topology } from './graph.ts'
import { type Edge, isBadNode, linesOfEdge, linesOfNode, type Node, outlineOf } from './nodes.ts'

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
  const attributes = [`label=${quoted(linesOfNode(node))}`]
  if (node.kind === 'network') attributes.push('penwidth=2')
  if (node.kind === 'router') attributes.push('shape=hexagon', 'style=filled')
  const colours = isBadNode(node) ? BAD : coloursOf(node)
  if (colours) attributes.push(`color="${colours.line}"`, `fillcolor="${colours.fill}"`)
  return attributes.join(', ')
}

interface Colours {
  readonly line: string
  readonly fill: string
}

const BAD: Colours = { line: '#dc2626', fill: '#fef2f2' }

/** Null: those that every node has. */
function coloursOf(node: Node): Colours | null {
  if (node.kind === 'router') return { line: '#ea580c', fill: '#fff7ed' }
  if (node.kind !== 'network') return null
  return node.network.external ? { line: '#2563eb', fill: '#dbeafe' } : { line: '#0891b2', fill: '#ecfeff' }
}

function edgeLine(edge: Edge): string {
  const more = edge.kind === 'gateway' ? ', penwidth=2' : ''
  return `${quoted([edge.from])} -- ${quoted([edge.to])} [label=${quoted(linesOfEdge(edge))}${more}]`
}

/** Lines of text in quotes, as Graphviz reads them. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll(/["\\]/g, (sign) => `\\${sign}`))
  return `"${escaped.join('\\n')}"`
}
