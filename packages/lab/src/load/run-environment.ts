import type { GeneratorMonitor } from '../measure/generator-monitor.ts'
import type { RunRecorder } from '../measure/run-recorder.ts'
import type { ResolvedScript } from '../script/resolved-script.ts'
import type { TemplateFunction } from '../script/template.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { RunSuggestions } from '../script/artillery-global.ts'
import type { Connections, HttpTransport } from './http/transport.ts'
import type { LoadEvents } from './load-events.ts'
import type { ExpectationBook } from './plugins/expectation-book.ts'

/** What all users of a run share. */
export interface RunEnvironment {
  readonly script: ResolvedScript
  readonly clock: Clock
  readonly random: Random
  readonly recorder: RunRecorder
  readonly monitor: GeneratorMonitor | undefined
  readonly transport: HttpTransport
  /** With `http.pool`: the connections of all users. */
  readonly sharedConnections: Connections | undefined
  readonly functions: Readonly<Record<string, TemplateFunction>>
  readonly events: LoadEvents
  readonly expectations: ExpectationBook
  readonly suggestions: RunSuggestions
  /** Text of `log` steps. */
  readonly log: (text: string) => void
  /** Says something once, however often it happens. */
  readonly warnOnce: (key: string, message: string) => void
}
