import { fillTemplates } from '../../script/template.ts'
import type { SendStep } from '../../script/step.ts'
import { parseDurationMs } from '../../util/duration.ts'
import { toText } from '../../util/to-text.ts'
import { captureOrMatch, storeCaptures } from '../capture/capture-or-match.ts'
import type { CompileContext } from '../steps/compile-steps.ts'
import type { RunStep } from '../steps/run-step.ts'
import type { User } from '../user.ts'
import { UserFailure, UserStopped } from '../user-failure.ts'
import type { WebSocketSession } from './web-socket-session.ts'

/**
 * Sends a message. With captures or matches it then waits for the first message that fits all of them; the time from sending to that
 * message counts as the latency of the step. Messages that do not fit are passed over.
 */
export function compileSend(step: SendStep, { environment }: CompileContext): RunStep {
  const waits = step.capture.length + step.match.length > 0
  const timeoutMs = parseDurationMs(step.timeout) ?? environment.script.ws.timeoutMs
  return async (user) => {
    const session = user.webSocket
    if (session === undefined) throw new UserFailure('invalid_step', `${step.place}: "send" needs "engine: ws"`)
    if (step.payload === undefined && !waits) throw new UserFailure('invalid_step', `${step.place}: nothing to send`)
    const intendedMs = user.takeIntendedMs()
    const sentMs = environment.clock.nowMs()
    if (step.payload !== undefined) await send(step, session, user)
    if (waits) await receive(step, session, { user, intendedMs, sentMs, timeoutMs })
  }
}

async function send(step: SendStep, session: WebSocketSession, user: User): Promise<void> {
  const { recorder } = user.environment
  recorder.counter('websocket.messages_sent', 1)
  session.discardKept()
  try {
    await session.send(toText(fillTemplates(step.payload, user.scope)))
  } catch (error) {
    throw UserFailure.from(error)
  }
}

interface Waiting {
  readonly user: User
  readonly intendedMs: number
  readonly sentMs: number
  readonly timeoutMs: number
}

async function receive(step: SendStep, session: WebSocketSession, waiting: Waiting): Promise<void> {
  const { user, intendedMs, sentMs, timeoutMs } = waiting
  const { clock, recorder } = user.environment
  let last = 'no message came'
  let bytesReceived = 0
  const deadline = Promise.withResolvers<never>()
  const cancel = clock.schedule(timeoutMs, () =>
    deadline.reject(new UserFailure('ETIMEDOUT', `${step.place}: no fitting message within ${timeoutMs} ms (${last})`)),
  )
  const forget = user.onStop(() => deadline.reject(new UserStopped()))
  recorder.requestSent(sentMs)
  const accept = async (body: string): Promise<boolean> => {
    const result = await captureOrMatch(step, { body, headers: {} }, user)
    last = result.failures.map(({ message }) => message).join('; ')
    bytesReceived += Buffer.byteLength(body)
    if (result.failures.length > 0) return false
    storeCaptures(result, user)
    return true
  }
  let failure: UserFailure | undefined
  try {
    await Promise.race([session.waitFor(accept), deadline.promise])
  } catch (error) {
    if (user.stopped) throw new UserStopped()
    failure = UserFailure.from(error)
    throw failure
  } finally {
    cancel()
    forget()
    session.stopWaiting()
    if (!user.stopped) record(step, { user, intendedMs, sentMs, bytesReceived, failure })
  }
}

function record(
  step: SendStep,
  facts: {
    readonly user: User
    readonly intendedMs: number
    readonly sentMs: number
    readonly bytesReceived: number
    readonly failure: UserFailure | undefined
  },
): void {
  const { recorder, clock } = facts.user.environment
  const endMs = clock.nowMs()
  if (facts.failure === undefined) recorder.histogram('websocket.round_trip', endMs - facts.sentMs)
  recorder.request(
    {
      endpoint: `WS ${step.name}`,
      method: 'WS',
      intendedMs: facts.intendedMs,
      sentMs: facts.sentMs,
      writtenMs: facts.sentMs,
      firstByteMs: endMs,
      endMs,
      statusCode: undefined,
      bytesSent: 0,
      bytesReceived: facts.bytesReceived,
      connection: undefined,
      failed: facts.failure !== undefined,
    },
    facts.failure,
  )
}
