/** One way to call a script. `__HTTP__`, `__HTTPS__`, `__WS__`, `__WSS__` and `__PROXY__` stand for addresses of the reference server. */
export interface ScriptRun {
  /** Distinguishes the runs of a group. */
  readonly name?: string
  /** Written to `script.json` when it is an object, to `script.yml` when it is text. */
  readonly script: object | string
  /** Further files by their path. */
  readonly files?: Readonly<Record<string, string>>
  /** Path that the script is written to instead. */
  readonly path?: string
  /** Arguments after `run`. Default: `-t __HTTP__`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Ctrl-C after this time. Then only the exit code and the kinds of requests are compared, not how many there were. */
  readonly interruptAfterMs?: number
  /** Counts that chance decides may differ by this share of the larger. */
  readonly tolerance?: number
  /** The mean time of a user is compared and may differ by this. */
  readonly sessionToleranceMs?: number
}

/** Scripts that exercise one part of the language. */
export interface ScriptGroup {
  readonly number: number
  readonly title: string
  readonly runs: readonly ScriptRun[]
}

export interface RunOutcome {
  readonly exitCode: number
  /** Artillery's counters by name, without those that are 0. */
  readonly counters: Readonly<Record<string, number>>
  /** A script's own histograms. */
  readonly histograms: Readonly<Record<string, { readonly count: number; readonly min: number; readonly max: number }>>
  /** What the server received. */
  readonly received: Readonly<Record<string, number>>
  readonly meanSessionMs?: number
}

export interface Recording {
  readonly tool: string
  readonly version: string
  readonly outcomes: Readonly<Record<string, RunOutcome>>
}

export function runKey(group: ScriptGroup, run: ScriptRun): string {
  return run.name === undefined ? String(group.number) : `${group.number} ${run.name}`
}

/** A script with one scenario. Its target is given on the command line. */
export function flow(steps: readonly object[], config: object = {}, count = 3): object {
  return { config: { target: otherTarget, phases: users(count), ...config }, scenarios: [{ flow: steps }] }
}

/** Stands in scripts whose target comes from elsewhere. */
export const otherTarget = 'http://other.test'

/** A phase of one second. */
export function users(arrivalCount: number): readonly object[] {
  return [{ duration: 1, arrivalCount }]
}
