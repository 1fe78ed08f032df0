/** `performance` and `process`, as far as a program without a machine can have them. */
const startedAtMs: number = Date.now()

/** Whole milliseconds: a finer clock is an instrument for side channels. */
export const performance: { readonly timeOrigin: number; now(): number; toJSON(): { timeOrigin: number } } =
  Object.freeze({
    timeOrigin: startedAtMs,
    now: (): number => Date.now() - startedAtMs,
    toJSON: () => ({ timeOrigin: startedAtMs }),
  })

function hrtime(since: readonly [number, number] = [0, 0]): [number, number] {
  const ms = Date.now() - startedAtMs - (since[0] * 1_000 + since[1] / 1e6)
  return [Math.floor(ms / 1_000), Math.floor((ms % 1_000) * 1e6)]
}
hrtime.bigint = (): bigint => BigInt(Date.now() - startedAtMs) * 1_000_000n

/** Nothing of the host: no environment, no exit, no process. */
export const process: Readonly<Record<string, unknown>> = {
  env: {},
  argv: [],
  execArgv: [],
  title: 'block',
  pid: 1,
  platform: 'linux',
  version: 'v26.0.0',
  versions: { node: '26.0.0' },
  browser: true,
  exit: undefined,
  cwd: (): string => '/',
  uptime: (): number => (Date.now() - startedAtMs) / 1_000,
  hrtime,
  nextTick: (callback: (...values: unknown[]) => void, ...values: unknown[]): void =>
    queueMicrotask(() => callback(...values)),
  emitWarning: (): void => undefined,
  on: (): unknown => process,
  once: (): unknown => process,
  off: (): unknown => process,
  removeListener: (): unknown => process,
  emit: (): boolean => false,
}

// `require('process')` of a library is the object itself.
export const { env, argv, platform, version, versions, browser, nextTick, cwd, emitWarning } = process
