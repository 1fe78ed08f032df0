import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { runApp, type RunAppOptions, type RunningApp } from '@evenkeel/server/apps'
import { logWatch } from './log-watch.ts'

/** An app of the given files that runs in runtimes of its own, and what was logged. Everything is gone after the test. */
export interface TempApp extends AsyncDisposable {
  readonly folder: string
  readonly app: RunningApp
  readonly url: string
  readonly log: string[]
  write: (name: string, text: string) => void
  /** Resolves when a line that matches was logged. */
  logged(pattern: RegExp): Promise<string>
}

export type Files = Readonly<Record<string, string>>

/** Far above what anything here takes; so that a test that fails also ends, in milliseconds. */
const patienceMs = 60_000

/** A folder with files, removed when it is disposed of. */
export function tempFolder(
  files: Files,
): { readonly folder: string; write: (name: string, text: string) => void } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-app-'))
  const write = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return { folder, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Runs the first of the files, on free ports. */
export async function tempApp(
  files: Files,
  options: Partial<RunAppOptions> = {},
  run: (options: RunAppOptions) => Promise<RunningApp> = runApp,
): Promise<TempApp> {
  using stack = new DisposableStack()
  const { folder, write } = stack.use(tempFolder(files))
  const { log, keep, logged } = logWatch()
  const [file = ''] = Object.keys(files)
  const app = await run({
    file: join(folder, file),
    port: 0,
    admin: { port: 0 },
    ...options,
    log: keep,
  })
  const folders = stack.move()
  const dispose = async (): Promise<void> => {
    await app.close(0)
    folders.dispose()
  }
  return { folder, app, url: app.url, log, write, logged, [Symbol.asyncDispose]: dispose }
}

/** An app whose `fetch` has this body; `request`, `url`, `env` and `context` are there. */
export function fetchApp(body: string, rest = ''): string {
  return `export default {
  async fetch(request, env, context) {
    const url = new URL(request.url)
    ${body}
  },
  ${rest}
}
`
}

/** What an app has seen of a request; the end of a body for {@link fetchApp} that answers with it. */
export interface Seen {
  readonly pid: number
  readonly url: string
  readonly address: string
  readonly headers: Readonly<Record<string, string>>
}

export const answerSeen = `
  const { pid } = process
  return Response.json({ pid, url: request.url, address: context.remoteAddress, headers: Object.fromEntries(request.headers) })`

/** For tests in which nothing may be refused or ended because the machine has much else to do. */
export const noHurry = { maxLoopDelayMs: 600_000, maxBlockedMs: 600_000, handlerTimeoutMs: 600_000 } as const

/** Asks until the answer is as wanted; each question is a round trip, so this neither sleeps nor guesses. */
export async function until(ask: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + patienceMs
  while (!(await ask())) {
    if (performance.now() > untilMs) throw new Error('what was waited for did not come')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
