/** Time for what is on its way out: closing connections, the last lines of a slow pipe. */
const graceMs = 500

/**
 * For command lines: ends this process with the exit code soon, although a processor left a timer or a connection of its own open.
 * Without such it ends by itself, and at once. What is printed but not yet read by the other end of a pipe is waited for.
 */
export function endProcess(exitCode: number): void {
  process.exitCode = exitCode
  setTimeout(() => {
    const unread = process.stdout.writableLength + process.stderr.writableLength
    if (unread > 0) endProcess(exitCode)
    else process.exit(exitCode)
  }, graceMs).unref()
}
