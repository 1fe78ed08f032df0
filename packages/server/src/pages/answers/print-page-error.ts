import type { PageErrorEvent } from './page-events.ts'

/** Whoever runs the server sees why a page failed; whoever asked for it does not. */
export function printPageError(message: unknown): void {
  const { route, path, status, fault } = message as PageErrorEvent
  process.stderr.write(
    `evenkeel: the page "${route}" at ${JSON.stringify(path)} answered ${status}: ${fault.stack ?? fault.message}\n`,
  )
}
