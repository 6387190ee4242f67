/** Draws what a command printed as a picture: `./neutrino demo --exit | node scripts/terminal-svg.ts > docs/demo.svg`. */
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const FONT_SIZE = 13
const CHARACTER_WIDTH = 7.8
const LINE_HEIGHT = 18
const MARGIN = 24
const COLOURS = { text: '#d8dee9', dim: '#7b8794', good: '#7fd18b', bad: '#ff7b72', heading: '#ffffff' }

const lines = stripVTControlCharacters(readFileSync(0, 'utf8')).trimEnd().split('\n')
const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * CHARACTER_WIDTH) + 2 * MARGIN
const height = lines.length * LINE_HEIGHT + 2 * MARGIN

/** A line as pieces of one colour: a step's mark, title, time and detail; headings; everything else. */
function pieces(line: string): readonly (readonly [colour: string, text: string])[] {
  const step = /^( {2})([✔✖])( .*? {2,})(\s*[\d.]+ m?s)( {2}.*)$/u.exec(line)
  if (step) {
    const [, indent = '', mark = '', title = '', time = '', detail = ''] = step
    return [
      [mark === '✔' ? COLOURS.good : COLOURS.bad, indent + mark],
      [COLOURS.text, title],
      [COLOURS.dim, time + detail],
    ]
  }
  if (/checks passed/.test(line)) return [[COLOURS.good, line]]
  return [[/^\S/.test(line) ? COLOURS.heading : COLOURS.text, line]]
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}

const rows = lines.map((line, index) => {
  const spans = pieces(line).map(([colour, text]) => `<tspan fill="${colour}">${escaped(text)}</tspan>`)
  return `<text x="${MARGIN}" y="${MARGIN + (index + 1) * LINE_HEIGHT - 5}">${spans.join('')}</text>`
})
const font = `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}"`

process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" rx="10" fill="#14181f"/>
<g ${font} xml:space="preserve" style="white-space: pre">
${rows.join('\n')}
</g>
</svg>
`)
