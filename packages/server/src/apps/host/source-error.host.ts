/** A file that cannot be compiled. Its message begins with file, line and column. */
export class SourceError extends SyntaxError {
  constructor(message: string) {
    super(message)
    this.name = 'SyntaxError'
    // Only our own frames: the position is in the message.
    this.stack = `SyntaxError: ${message}`
  }
}
