/**
 * The topology as a Mermaid flowchart, for a page of Markdown. Pure.
 * Source: Mermaid's flowchart syntax: node shapes, `linkStyle`, entity codes in quoted text.
 */
import type { Topology } from './graph.ts'
import { type Edge, type Node, outlineOf } from './nodes.ts'
import * as words from './words.ts'

export function renderMermaid(topology: Topology): string {
  const { nodes, edges } = outlineOf(topology)
  const names = new Map(nodes.map(({ id, kind }, index) => [id, `${kind}${index + 1}`]))
  const lines = [
    ...nodes.map((node) => nodeLine(node, names.get(node.id)!)),
    ...edges.map((edge) => edgeLine(edge, names.get(edge.from)!, names.get(edge.to)!)),
    'classDef external fill:#dbeafe,stroke:#2563eb,color:#0f172a',
    'classDef network fill:#ecfeff,stroke:#0891b2,color:#0f172a',
    'classDef router fill:#fff7ed,stroke:#ea580c,color:#0f172a',
    'classDef plugged fill:#f8fafc,stroke:#64748b,color:#0f172a',
    'classDef bad fill:#fef2f2,stroke:#dc2626,color:#0f172a',
  ]
  return ['flowchart TB', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function nodeLine(node: Node, name: string): string {
  if (node.kind === 'network') {
    const { network } = node
    const label = quoted([
      network.label,
      ...network.subnets.map(({ cidr }) => cidr),
      words.networkTags(network).join(', '),
    ])
    return `${name}[[${label}]]:::${words.isBad(network) ? 'bad' : network.external ? 'external' : 'network'}`
  }
  if (node.kind === 'router') {
    const { router } = node
    const label = quoted([router.label, words.routerTags(router).join(', ')])
    return `${name}{{${label}}}:::${words.isBad(router) ? 'bad' : 'router'}`
  }
  const notes = [...new Set(node.ports.map((port) => words.MARK_WORDS[port.mark]))].join(', ')
  return `${name}(${quoted([node.label, notes])}):::${node.ports.some(words.isBad) ? 'bad' : 'plugged'}`
}

function edgeLine(edge: Edge, from: string, to: string): string {
  if (edge.kind !== 'port') return `${from} ---|${quoted([words.linkText(edge.link)])}| ${to}`
  const { port } = edge
  const floating = port.floatingIps.map(({ address }) => `⇄ ${address}`)
  const label = quoted([port.addresses.join(', ') || 'no address', ...floating])
  return `${from} ---|${label}| ${to}`
}

/** Lines of text in quotes; signs that mean something to Mermaid or to HTML as entity codes. */
function quoted(lines: readonly string[]): string {
  const escaped = lines
    .filter(Boolean)
    .map((line) => line.replaceAll(/["#&<>;\\`*_~[\](){}|]/g, (sign) => `#${sign.codePointAt(0)};`))
  return `"${escaped.join('<br/>')}"`
}
