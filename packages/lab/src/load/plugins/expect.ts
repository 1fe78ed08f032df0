import type { RequestStep } from '../../script/step.ts'
import { compileValue } from '../../script/template.ts'
import { asList, asRecord, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import type { HookResponse } from '../http/response.ts'
import type { RunEnvironment } from '../run-environment.ts'
import type { User } from '../user.ts'
import { endpointName } from '../steps/endpoint-name.ts'
import { checkers, type CheckOutcome } from './expect-checkers.ts'

export interface Expectations {
  /** Checks a response and counts the outcome. Returns the name of the first expectation that failed. */
  check(user: User, response: HookResponse): string | undefined
}

/** The `expect` part of a request; undefined when there is nothing to check. */
export function compileExpectations(step: RequestStep, environment: RunEnvironment): Expectations | undefined {
  const settings = environment.script.plugins.expect
  const listed = asList(step.params['expect']).map((each) => asRecord(each))
  const all = listed.length === 0 && settings?.expectDefault200 === true ? [{ statusCode: 200 }] : listed
  if (all.length === 0) return undefined
  if (settings === undefined) {
    environment.warnOnce('expect off', `${step.place}: "expect" is checked although "config.plugins.expect" is not set`)
  }
  const compiled = all.map((each) => compileValue(each))
  const endpoint = endpointName(step, environment.script.plugins.endpoints)
  return {
    check: (user, response) => {
      let firstFailure: string | undefined
      for (const each of compiled) {
        const failure = checkOne(asRecord(each.fill(user.scope)), { user, response, endpoint })
        firstFailure ??= failure
      }
      return firstFailure
    },
  }
}

interface CheckContext {
  readonly user: User
  readonly response: HookResponse
  readonly endpoint: string
}

function checkOne(expectation: PlainRecord, { user, response, endpoint }: CheckContext): string | undefined {
  const { recorder, expectations } = user.environment
  let failure: string | undefined
  for (const [kind, expected] of Object.entries(expectation)) {
    const outcome: CheckOutcome = checkers[kind]?.(expected, response) ?? {
      ok: false,
      expected: kind,
      actual: 'an expectation that this lab does not know',
    }
    recorder.counter(outcome.ok ? 'plugins.expect.ok' : 'plugins.expect.failed', 1)
    recorder.counter(`plugins.expect.${outcome.ok ? 'ok' : 'failed'}.${counterName(kind, expected)}`, 1)
    expectations.record(`${endpoint}: ${kind}`, outcome)
    if (!outcome.ok) failure ??= `expectation failed: ${kind}`
  }
  return failure
}

/** The plugin's own name of the counter. */
function counterName(kind: string, expected: unknown): string {
  return kind === 'headerEquals' ? `header ${toText(asList(expected)[0])} values equals` : kind
}
