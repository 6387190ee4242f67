/** From the start of the process to the first answer, and what the server takes then. */
import { percentile, renderCells } from './measure.ts'
import { defineQuestion } from './question.ts'

const STARTS = 7
const FLOOR_MS = 1_000

export default defineQuestion({
  question: 'How long does the server take from its start to the first answer?',
  async run({ server }) {
    const first = server.startMs
    const ms: number[] = []
    for (let start = 0; start < STARTS; start += 1) {
      await server.restart()
      ms.push(server.startMs)
    }
    const sorted = ms.toSorted((a, b) => a - b)
    const times = [first, sorted[0]!, percentile(sorted, 0.5), sorted.at(-1)!].map((value) => value.toFixed(0))
    const met = percentile(sorted, 0.5) <= FLOOR_MS ? 'yes' : 'NO'
    const headings = [
      'start',
      'new database',
      'again: min',
      'p50',
      'max',
      'reference p50',
      'floor',
      'met',
      'memory, MiB',
    ]
    return renderCells(headings, [['ms', ...times, '4440', String(FLOOR_MS), met, server.memory().toFixed(0)]])
  },
})
