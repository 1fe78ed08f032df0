import { RunRecorder } from '../measure/run-recorder.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import { builtInFunctions } from '../script/template-functions.ts'
import type { Clock } from '../util/clock.ts'
import { seededRandom } from '../util/random.ts'
import { NetworkTransport } from './http/network-transport.ts'
import type { HttpTransport } from './http/transport.ts'
import { LoadEvents } from './load-events.ts'
import type { LoadShare } from './load-plan.ts'
import { ExpectationBook } from './plugins/expectation-book.ts'
import { fakeDataFunctions } from './plugins/fake-data.ts'
import type { RunEnvironment } from './run-environment.ts'

export interface EnvironmentOptions {
  readonly clock: Clock
  readonly share: LoadShare
  readonly onLog: (text: string) => void
  readonly transport: HttpTransport | undefined
  readonly warnOnce: RunEnvironment['warnOnce']
}

/** Makes what the users of a script share. */
export async function prepareEnvironment(script: ResolvedScript, options: EnvironmentOptions): Promise<RunEnvironment> {
  const { clock, share } = options
  // Each share makes its own choices; the timetable has a seed of its own, which all shares have in common.
  const random = script.seed === undefined ? Math.random : seededRandom(script.seed * 1000 + share.index)
  const { tls, http } = script
  const transport =
    options.transport ??
    new NetworkTransport(
      { tls, proxies: script.proxies, connectTimeoutMs: http.connectTimeoutMs, timeoutCode: http.timeoutCode },
      clock,
    )
  const recorder = new RunRecorder(clock.nowMs())
  const { fakeData } = script.plugins
  return {
    script,
    clock,
    random,
    recorder,
    monitor: undefined,
    transport,
    sharedConnections: http.pool === undefined ? undefined : transport.openConnections(http.pool),
    functions: {
      ...builtInFunctions(random),
      ...(fakeData === undefined ? {} : await fakeDataFunctions(fakeData, script.seed)),
    },
    events: new LoadEvents(recorder),
    expectations: new ExpectationBook(),
    suggestions: { exitCode: undefined },
    log: options.onLog,
    warnOnce: options.warnOnce,
  }
}
