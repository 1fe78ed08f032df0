import type { CompatRequest } from './compat-request.ts'
import type { CompatResponse } from './compat-response.ts'
import type { CompatErrorHandler, CompatHandler, CompatMiddleware } from './compat-types.ts'

export interface Layers {
  readonly middleware: readonly CompatMiddleware[]
  /** Those of the route; empty when there is none. */
  readonly handlers: readonly CompatMiddleware[]
  /** What answers when none of them did. */
  readonly last: (response: CompatResponse) => unknown
}

/**
 * Runs handlers one after the other, each when the one before calls `next`. An error goes to the next handler that takes errors; without
 * one, the response fails. A handler of a route that has chosen a status and is done without sending is answered with this status and
 * no body; one that has done neither may still answer later.
 */
export async function runHandlers(layers: Layers, request: CompatRequest, response: CompatResponse): Promise<void> {
  const all = [...layers.middleware, ...layers.handlers]
  const step = async (index: number, error: unknown, hasError: boolean): Promise<void> => {
    const layer = all[index]
    if (layer === undefined) return hasError ? response.fail(error) : void (await layers.last(response))
    if (takesErrors(layer) !== hasError) return step(index + 1, error, hasError)
    let hasGoneOn = false
    const goOn = async (passed: unknown, failed: boolean): Promise<void> => {
      if (hasGoneOn) return
      hasGoneOn = true
      await step(index + 1, passed, failed)
    }
    try {
      const next = (reason?: unknown): Promise<void> => goOn(reason, reason !== undefined && reason !== null)
      const result = await (hasError
        ? (layer as CompatErrorHandler)(error, request, response, next)
        : (layer as CompatHandler)(request, response, next))
      if (result instanceof Response && !response.sent) response.respond(result)
      else if (index >= layers.middleware.length && !hasGoneOn && response.hasStatusOnly) response.send()
    } catch (thrown) {
      if (hasGoneOn) response.fail(thrown)
      else await goOn(thrown, true)
    }
  }
  try {
    await step(0, undefined, false)
  } catch (error) {
    response.fail(error)
  }
}

function takesErrors(layer: CompatMiddleware): boolean {
  return layer.length >= 4
}
