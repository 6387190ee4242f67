/** Did you mean: the words nearest to a mistyped one. Pure but for what an error asks for itself. */
import type { CliError } from './errors.ts'
import { UnknownCommand } from './names.ts'

const SUGGESTIONS_MAX = 5
/** Names further away than this share of their length are somebody else's. */
const DISTANCE_SHARE = 0.34
const NAME_LENGTH_MAX = 255

/**
 * Of these words those that begin like it, else those nearest to it, nearest first, at most five. None where nothing is
 * near.
 */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const asked = word.slice(0, NAME_LENGTH_MAX).toLowerCase()
  if (asked === '') return []
  const allowed = Math.max(1, Math.ceil(asked.length * DISTANCE_SHARE))
  const scored = [...new Set(candidates)].flatMap((candidate) => {
    const name = candidate.slice(0, NAME_LENGTH_MAX).toLowerCase()
    if (name.startsWith(asked)) return [{ candidate, distance: 0 }]
    if (Math.abs(name.length - asked.length) > allowed) return []
    const distance = distanceOf(asked, name)
    return distance > allowed ? [] : [{ candidate, distance }]
  })
  const best = Math.min(...scored.map(({ distance }) => distance))
  return scored
    .filter(({ distance }) => distance <= best + 1)
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, SUGGESTIONS_MAX)
    .map(({ candidate }) => candidate)
}

/** `Did you mean one of these?` and the words, a line each; empty where there are none. */
export function didYouMean(words: readonly string[]): string[] {
  if (words.length === 0) return []
  return [words.length === 1 ? 'Did you mean this?' : 'Did you mean one of these?', ...words.map((word) => `  ${word}`)]
}

/** Changes, left out and added letters, and neighbours exchanged (Damerau and Levenshtein). */
export function distanceOf(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? before[j - 2]! + 1 : Infinity
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost, swapped))
    }
    before = last
    last = row
  }
  return last[b.length]!
}

/** What a person may have meant, as lines; none where nothing is near. Asks the server at most once. */
export async function hintsFor(error: CliError, commands: readonly string[]): Promise<readonly string[]> {
  if (!(error instanceof UnknownCommand)) return didYouMean((await error.meant?.()) ?? [])
  const words = error.words.filter((word) => !word.startsWith('-'))
  const [first = ''] = words
  const found = nearest(words.slice(0, 2).join(' '), commands)
  return didYouMean(found.length > 0 ? found : nearest(first, commands))
}
