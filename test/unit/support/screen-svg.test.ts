import { expect, test } from 'vitest'
import { drawSvg } from '../../demo/screen-svg.ts'

test('a screen becomes a picture of its size, with its text in its place and colours', () => {
  const svg = drawSvg(['\x1b[1mab\x1b[0m <&', '  \x1b[31mred\x1b[39m'], { columns: 10, title: 'a & b' })
  expect(svg).toContain('<title>a &amp; b</title>')
  expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 116 68"/)
  expect(svg).toContain('x="16" y="29" textLength="16.8" lengthAdjust="spacingAndGlyphs" font-weight="700">ab</text>')
  expect(svg).toContain('> &lt;&amp;</text>')
  expect(svg).toContain('x="32.8" y="47" textLength="25.2" lengthAdjust="spacingAndGlyphs" fill="#f0716f">red</text>')
})

test('colours go on in the next line, and inverse text stands on a box', () => {
  const svg = drawSvg(['\x1b[36ma', 'b\x1b[7mc'], { columns: 10, title: 'a & b' })
  expect(svg).toMatch(/fill="#5cc1cf">b</)
  expect(svg).toMatch(/<rect [^>]*fill="#5cc1cf"\/><text [^>]*fill="#1b1f27">c</)
})
