/** Cuts a stream of JSON texts, sent one after the other with nothing between, into values. Source: RFC 7047, §4. */
import { OperatingError } from '#base/errors.ts'

const TEXT_CHARS_MAX = 256 * 1024 * 1024

export class JsonStream {
  #text = ''
  #at = 0
  #depth = 0
  #inString = false

  /** The values that are complete with this piece. @throws OperatingError when a text grows without end. */
  push(piece: string): unknown[] {
    this.#text += piece
    const values: unknown[] = []
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text.charCodeAt(this.#at)
      if (this.#inString) {
        if (char === 0x5c) this.#at++
        else if (char === 0x22) this.#inString = false
      } else if (char === 0x22) this.#inString = true
      else if (char === 0x7b || char === 0x5b) this.#depth++
      else if ((char === 0x7d || char === 0x5d) && --this.#depth === 0) {
        values.push(JSON.parse(this.#text.slice(0, this.#at + 1)))
        this.#text = this.#text.slice(this.#at + 1)
        this.#at = -1
      }
    }
    if (this.#text.length > TEXT_CHARS_MAX) throw new OperatingError('a JSON text longer than the limit')
    return values
  }
}
