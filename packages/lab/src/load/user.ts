import { randomUUID } from 'node:crypto'
import { CookieJar } from 'tough-cookie'
import type { Scenario } from '../script/step.ts'
import type { TemplateFunction, TemplateScope } from '../script/template.ts'
import type { PlainRecord } from '../util/records.ts'
import type { Connections } from './http/transport.ts'
import type { RunEnvironment } from './run-environment.ts'
import { UserStopped } from './user-failure.ts'
import type { WebSocketSession } from './ws/web-socket-session.ts'

/** What hooks see of a user. They may add to it. */
export interface UserContext extends PlainRecord {
  readonly vars: PlainRecord
  readonly funcs: Record<string, TemplateFunction>
  readonly scenario: { readonly name: string }
}

/** One simulated user. */
export class User {
  readonly scenario: Scenario
  readonly environment: RunEnvironment
  readonly context: UserContext
  readonly scope: TemplateScope
  webSocket: WebSocketSession | undefined
  /** Among those that are active. */
  place = -1
  #stopped = false
  /** What has to be woken when the user is stopped. */
  readonly #onStop = new Set<() => void>()
  #connections: Connections | undefined
  #jar: CookieJar | undefined
  #intendedMs: number | undefined

  constructor(
    scenario: Scenario,
    environment: RunEnvironment,
    start: { readonly vars: PlainRecord; readonly intendedMs: number },
  ) {
    this.scenario = scenario
    this.environment = environment
    this.#intendedMs = start.intendedMs
    this.context = {
      vars: { ...start.vars, $uuid: randomUUID() },
      // What a hook adds is this user's alone; with made-up data there are hundreds of functions, too many to copy for each user.
      funcs: Object.create(environment.functions) as Record<string, TemplateFunction>,
      scenario: { name: scenario.name },
    }
    this.scope = {
      vars: this.context.vars,
      functions: this.context.funcs,
      onUndefined: (name) => environment.warnOnce(`undefined ${name}`, `"{{ ${name} }}" has no value`),
    }
  }

  get vars(): PlainRecord {
    return this.context.vars
  }

  get stopped(): boolean {
    return this.#stopped
  }

  throwIfStopped(): void {
    if (this.#stopped) throw new UserStopped()
  }

  /** Calls back when the user is stopped. The returned function takes that back. */
  onStop(callback: () => void): () => void {
    this.#onStop.add(callback)
    return () => this.#onStop.delete(callback)
  }

  /** When the next thing that this user does was meant to happen: its planned start, the planned end of a pause, else now. */
  takeIntendedMs(): number {
    const nowMs = this.environment.clock.nowMs()
    // A timer cuts the fraction of its millisecond off: what is done early was not meant for later.
    const intendedMs = Math.min(this.#intendedMs ?? nowMs, nowMs)
    this.#intendedMs = undefined
    return intendedMs
  }

  /** Plans what the user does next for later by as much as its script took for itself. */
  postpone(durationMs: number): void {
    if (this.#intendedMs !== undefined) this.#intendedMs += durationMs
  }

  /** Waits, and plans what follows for the end of the wait however late the timer fires. */
  async pause(durationMs: number): Promise<void> {
    const { clock } = this.environment
    const untilMs = (this.#intendedMs ?? clock.nowMs()) + durationMs
    this.#intendedMs = untilMs
    await new Promise<void>((resolve) => {
      const cancel = clock.schedule(untilMs - clock.nowMs(), done)
      const forget = this.onStop(done)
      function done(): void {
        cancel()
        forget()
        resolve()
      }
    })
    this.throwIfStopped()
  }

  connections(): Connections {
    const { sharedConnections, transport, script } = this.environment
    if (sharedConnections !== undefined) return sharedConnections
    this.#connections ??= transport.openConnections(script.http.maxSockets)
    return this.#connections
  }

  /** The cookie jar, once there is a cookie. */
  jar(wanted: { readonly make: boolean }): CookieJar | undefined {
    if (this.#jar === undefined && wanted.make)
      this.#jar = new CookieJar(undefined, { ...this.environment.script.http.cookieJarOptions })
    return this.#jar
  }

  /** Ends the user where it stands: requests are cut, pauses end. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    for (const callback of this.#onStop) callback()
    this.close()
  }

  close(): void {
    this.#connections?.close()
    this.webSocket?.close()
  }
}
