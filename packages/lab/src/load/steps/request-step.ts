import { dirname } from 'node:path'
import type { HookReference, RequestStep } from '../../script/step.ts'
import { asList, asRecord, cloneDeep, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import { callUserHook } from '../call-user-hook.ts'
import { captureOrMatch, storeCaptures, type CaptureResult } from '../capture/capture-or-match.ts'
import { prepareRequest, type PreparedRequest } from '../http/prepare-request.ts'
import { toHookResponse, type HookResponse } from '../http/response.ts'
import { sendWithRedirects } from '../http/send-with-redirects.ts'
import { compileExpectations } from '../plugins/expect.ts'
import type { User } from '../user.ts'
import { UserFailure } from '../user-failure.ts'
import type { CompileContext } from './compile-steps.ts'
import { endpointName } from './endpoint-name.ts'
import type { RunStep } from './run-step.ts'

interface RequestPlan {
  readonly step: RequestStep
  readonly endpoint: string
  readonly folder: string
  readonly prepared: PreparedRequest
  readonly beforeRequest: readonly HookReference[]
  readonly afterResponse: readonly HookReference[]
  readonly capture: readonly PlainRecord[]
  readonly match: readonly PlainRecord[]
  readonly expectations: ReturnType<typeof compileExpectations>
  readonly needsBody: boolean
}

/** Sends a request, follows where it leads, runs captures, matches, expectations and hooks on the last response. */
export function compileRequest(step: RequestStep, context: CompileContext): RunStep {
  const plan = planRequest(step, context)
  return async (user) => {
    const hooked = plan.beforeRequest.length > 0
    const { prepared, params } = hooked ? await withHooks(plan, user) : { prepared: plan.prepared, params: step.params }
    const filled = prepared.fill(user.scope)
    const answer = await sendWithRedirects(user, filled, {
      method: toText(params['method'] ?? step.method).toUpperCase(),
      endpoint: plan.endpoint,
      keepBody: plan.needsBody,
    })
    if (!plan.needsBody) return
    await handleResponse(plan, user, { params, response: toHookResponse(answer.answer, answer.url) })
  }
}

function planRequest(step: RequestStep, { scenario, environment }: CompileContext): RequestPlan {
  const { params } = step
  const folder = dirname(environment.script.file)
  const afterResponse = [...scenario.afterResponse, ...hooksOf(params['afterResponse'])]
  const capture = asList(params['capture']).map((each) => asRecord(each))
  const match = asList(params['match']).map((each) => asRecord(each))
  const expectations = compileExpectations(step, environment)
  return {
    step,
    endpoint: endpointName(step, environment.script.plugins.endpoints),
    folder,
    prepared: prepareRequest(params, environment.script.http, folder),
    beforeRequest: [...scenario.beforeRequest, ...hooksOf(params['beforeRequest'])],
    afterResponse,
    capture,
    match,
    expectations,
    needsBody: afterResponse.length + capture.length + match.length > 0 || expectations !== undefined,
  }
}

function hooksOf(value: unknown): readonly HookReference[] {
  return asList(value).map((each) => each as HookReference)
}

/** Hooks get a copy of the step's options, templates unfilled, and may change it. */
async function withHooks(
  plan: RequestPlan,
  user: User,
): Promise<{ readonly prepared: PreparedRequest; readonly params: PlainRecord }> {
  const { script, events } = user.environment
  const params = asRecord(cloneDeep(plan.step.params))
  params['headers'] = asRecord(params['headers'])
  params['method'] ??= plan.step.method
  params['url'] ??= params['uri']
  for (const hook of plan.beforeRequest) await callUserHook(user, hook, [params, user.context, events])
  return { prepared: prepareRequest(params, script.http, plan.folder), params }
}

async function handleResponse(
  plan: RequestPlan,
  user: User,
  { params, response }: { readonly params: PlainRecord; readonly response: HookResponse },
): Promise<void> {
  const { events } = user.environment
  const result = await captureOrMatch(plan, response, user)
  if (result.failures.length === 0) storeCaptures(result, user)
  const failedExpectation = plan.expectations?.check(user, response)
  for (const hook of plan.afterResponse) await callUserHook(user, hook, [params, response, user.context, events])
  if (result.failures.length > 0) throw captureFailure(plan, result)
  const { expect } = user.environment.script.plugins
  if (failedExpectation === undefined || expect?.reportFailuresAsErrors !== true) return
  const name = toText((expect.useOnlyRequestNames ? params['name'] : undefined) ?? response.url)
  throw new UserFailure(`Failed expectations for request ${name}`, `${plan.step.place}: ${failedExpectation}`)
}

function captureFailure({ step }: RequestPlan, { failures }: CaptureResult): UserFailure {
  const details = failures.map(({ message }) => message).join('; ')
  return new UserFailure('Failed capture or match', `${step.place}: ${details}`)
}
