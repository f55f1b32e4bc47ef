/** What a drawing has to fit into. */

export interface ScreenSize {
  readonly columns: number
  readonly rows: number
}

/** One row stays free: a frame as high as the screen would make Ink clear the whole screen each time. */
export function sizeOf({ columns, rows }: { columns: number | undefined; rows: number | undefined }): ScreenSize {
  return { columns: columns || 80, rows: (rows || 24) - 1 }
}
