import type { Writable } from 'node:stream'

/** As much of React as rendering needs; the project brings its own copy, 18 or 19. */
export interface ReactLike {
  readonly createElement: (type: unknown, props: unknown, ...children: unknown[]) => unknown
}

export interface PipeableStream {
  pipe(destination: Writable): unknown
  abort(reason?: unknown): void
}

export interface PipeOptions {
  readonly nonce?: string
  readonly bootstrapModules?: readonly string[]
  readonly onShellReady?: () => void
  readonly onShellError?: (error: unknown) => void
  readonly onAllReady?: () => void
  readonly onError?: (error: unknown) => void
}

export interface ReactDomServerLike {
  renderToString(tree: unknown): string
  renderToPipeableStream(tree: unknown, options: PipeOptions): PipeableStream
}
