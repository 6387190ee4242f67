/**
 * The topology as a Mermaid flowchart, for a page of Markdown. Pure.
 * Source: Mermaid's flowchart syntax: node shapes, `linkStyle`, entity codes in quoted text.
 */
import type { Topology } from './graph.ts'
import { isBadNode, linesOfEdge, linesOfNode, type Node, outlineOf } from './nodes.ts'

export function renderMermaid(topology: Topology): string {
  const { nodes, edges } = outlineOf(topology)
  const names = new Map(nodes.map(({ id, kind }, index) => [id, `${kind}${index + 1}`]))
  const lines = [
    ...nodes.map((node) => nodeLine(node, names.get(node.id)!)),
    ...edges.map((edge) => `${names.get(edge.from)!} ---|${quoted(linesOfEdge(edge))}| ${names.get(edge.to)!}`),
    'classDef external fill:#dbeafe,stroke:#2563eb,color:#0f172a',
    'classDef network fill:#ecfeff,stroke:#0891b2,color:#0f172a',
    'classDef router fill:#fff7ed,stroke:#ea580c,color:#0f172a',
    'classDef plugged fill:#f8fafc,stroke:#64748b,color:#0f172a',
    'classDef bad fill:#fef2f2,stroke:#dc2626,color:#0f172a',
  ]
  return ['flowchart TB', ...lines.map((line) => `  ${line}`), ''].join('\n')
}

function nodeLine(node: Node, name: string): string {
  const label = quoted(linesOfNode(node))
  const look = isBadNode(node) ? 'bad' : lookOf(node)
  if (node.kind === 'network') return `${name}[[${label}]]:::${look}`
  return node.kind === 'router' ? `${name}{{${label}}}:::${look}` : `${name}(${label}):::${look}`
}

function lookOf(node: Node): string {
  if (node.kind === 'network') return node.network.external ? 'external' : 'network'
  return node.kind === 'router' ? 'router' : 'plugged'
}

/** Lines of text in quotes; signs that mean something to Mermaid or to HTML as entity codes. */
function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll(/["#&<>;\\`*_~[\](){}|]/g, (sign) => `#${sign.codePointAt(0)};`))
  return `"${escaped.join('<br/>')}"`
}
