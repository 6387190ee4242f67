/** Ranges of ports as the API has them: `<first>:<last>`, both included. Pure. Source: upstream's `port_range` type. */

/** Why the text is no range from 1 to `max`, in upstream's words; null: it is one. A single port is a range too. */
export function checkRange(text: string, max: number): string | null {
  const ports = text.split(':')
  if (ports.length > 2 || ports.includes('')) return 'Port range must be two integers separated by a colon'
  for (const port of ports) {
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `Invalid port: ${port}`
    if (Number(port) < 1 || Number(port) > max)
      return `Invalid port: ${port}, the port must be in the range [1, ${max}]`
  }
  const [first, last = first] = ports.map(Number)
  return first! > last! ? 'First port in a port range must be lower than the second port' : null
}

/** `80` is `80:80`; what is no range stays as it is. */
export function toRange(text: string): string {
  return /^\d{1,5}$/.test(text) ? `${Number(text)}:${Number(text)}` : text
}

export function bounds(range: string): readonly [number, number] {
  const [first = 0, last = first] = range.split(':').map(Number)
  return [first, last]
}

export function sizeOf(range: string): number {
  const [first, last] = bounds(range)
  return last - first + 1
}

export function overlap(a: string, b: string): boolean {
  const [[first, last], [from, to]] = [bounds(a), bounds(b)]
  return first <= to && from <= last
}

/** The port of a range of one; null for more. */
export function singlePort(range: string): number | null {
  return sizeOf(range) === 1 ? bounds(range)[0] : null
}
