/**
 * Port ranges as the values and masks that OpenFlow matches. Pure. Source: ovs-fields(7), "Masking"; RFC 6335 (ports).
 */

const BITS = 16
const ALL = (1 << BITS) - 1

/** The fewest `value/mask` matches that hold for exactly the numbers from `min` to `max`, both included. */
export function portMasks(min: number, max: number): string[] {
  const matches: string[] = []
  for (let first = min; first <= max; ) {
    // The largest block that starts here: aligned to its size and not past the end.
    let size = first === 0 ? 1 << BITS : first & -first
    while (first + size - 1 > max) size >>= 1
    matches.push(size === 1 ? String(first) : `0x${hex(first)}/0x${hex(ALL & ~(size - 1))}`)
    first += size
  }
  return matches
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}
