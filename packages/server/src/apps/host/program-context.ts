/** What the engine gives a program: the part of its contract that app hosts use. */
export interface ProgramContext {
  readonly options: unknown
  readonly signal: AbortSignal
  readonly draining: AbortSignal
  readonly body: AsyncIterable<Uint8Array | string>
  respond(head: unknown, options?: { readonly messages?: boolean }): AnswerWriter
}

export interface AnswerWriter {
  write(item: Uint8Array | string): Promise<void>
  readonly closed: AbortSignal
}
