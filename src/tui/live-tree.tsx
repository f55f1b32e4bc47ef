/** The live tree as an Ink component: paints the frame of one snapshot in the size of the screen it is on. */

import { Box, Text, type TextProps, useWindowSize } from 'ink'
import type { ReactElement } from 'react'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { drawFrame } from './layout/frame.ts'
import type { Line, Tone } from './layout/line.ts'

export interface LiveTreeProps {
  readonly snapshot: TransferSnapshot
  readonly elapsedSeconds: number
  readonly unicode: boolean
  readonly color: boolean
}

const TONE_PROPS: Readonly<Record<Tone, TextProps>> = {
  plain: {},
  strong: { bold: true },
  dim: { dimColor: true },
  good: { color: 'green' },
  busy: { color: 'cyan' },
  bad: { color: 'red' },
  waiting: { color: 'yellow' },
}

export function LiveTree({ snapshot, elapsedSeconds, unicode, color }: LiveTreeProps): ReactElement {
  const { columns, rows } = useWindowSize()
  // Three rows stay free, for the summary and the prompt that follow the last frame. A frame as high as the screen would make Ink clear
  // the whole screen each time.
  const lines = drawFrame(snapshot, { columns, rows: rows - 3, unicode, elapsedSeconds })
  return (
    <Box flexDirection="column">
      {lines.map((line, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <PaintedLine key={row} line={line} color={color} />
      ))}
    </Box>
  )
}

function PaintedLine({ line, color }: { line: Line; color: boolean }): ReactElement {
  if (line.length === 0) return <Text> </Text>
  return (
    <Text wrap="truncate">
      {line.map(({ text, tone }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place in the line
        <Text key={index} {...(color ? TONE_PROPS[tone] : {})}>
          {text}
        </Text>
      ))}
    </Text>
  )
}
