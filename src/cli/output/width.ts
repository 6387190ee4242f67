/**
 * How many columns of a terminal a text takes, as prettytable counts them: wide characters take two, marks that combine
 * none, and a line with a control character counts as -1. Pure.
 * Source: wcwidth(3); Unicode Standard Annex 11, "East Asian Width", as version 15 has it.
 */

/** First and last of each range of wide characters, as differences in base 36 from what went before. */
const WIDE_RANGES = decode(
  '3cw+2n 3i3+1 e+1 5b+3 4 3 ei+1 m+1 1f+b 18 k e 9+1 i+1 6+1 9 6 m 8+1 2 5 3 8 5+1 t 10 2 5+2 2 1q+2 p f nw+1 ' +
    '1g 5 mj+p 2+2g d+5x r+b 5+1q 3+2d 3+2u 6+16 2+2l 2+2b d+1a 2+13 9+5f3 1t+h3g 4+1i wq+s hw+8mb 6l9+e7 lt+9 ' +
    'n+y 2+i 2+3 46+2n 3k+6 m4a+4 c+1 f+4qf 9+yd 17+8 6w8+3 2+6 2+1 2+82 g u+2 3 f+3 9+az c21 5n 5b 3+9 2u+2 e+17 ' +
    '5+8 8+1 f+5 4b+w d+8 2+1x 2+l d+16 5+4 d+g 4 4+1y 2 2+56 3+1q e+3 2+n j r+1 e 2f+2c 1d+1x 7 4+2 3+2 5+3 c+1 ' +
    '8+8 6c+b 5 7w+1a 2+9 2+54 35+c 4+8 8+19 2+6 9+d 5+8 8+8 zs+1ekd 3+1ekd',
)

const COMBINING = /^[\p{Mn}\p{Me}\u200b-\u200f\u2028-\u202e\u2060-\u2063]$/u
const CONTROL = /^[\p{Cc}]$/u
const ESCAPE = String.fromCodePoint(0x1b)
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m|${ESCAPE}\\(B`, 'g')
const PRINTABLE_ASCII = /^[ -~]*$/

export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length
  let width = 0
  for (const character of text.replace(COLOUR, '')) {
    if (character === '\0') continue
    if (CONTROL.test(character)) return -1
    if (!COMBINING.test(character)) width += isWide(character.codePointAt(0)!) ? 2 : 1
  }
  return width
}

function isWide(point: number): boolean {
  return WIDE_RANGES.some(([first, last]) => first <= point && point <= last)
}

function decode(text: string): readonly (readonly [number, number])[] {
  let at = 0
  return text.split(' ').map((range) => {
    const [gap = '', length = '0'] = range.split('+')
    const first = at + Number.parseInt(gap, 36)
    at = first + Number.parseInt(length, 36)
    return [first, at] as const
  })
}
