import type { BlockLimits, ResolvedBlocksOptions } from '../../config/options.ts'
import { errorBody } from '../../errors/error-body.ts'
import { ServerError } from '../../errors/server-error.ts'
import type { ExecutionKind } from '../../storage/executions-store.ts'
import type { Caller } from '../../tokens/caller.ts'
import type { TokenDirectory } from '../../tokens/token-directory.ts'
import { failedAnswer, type Answer } from '../answer.ts'
import type { BlockOutcome } from '../block-service.ts'
import type { ExecutionRunner, FinishedRun } from '../executions/execution-runner.ts'
import { callerOptions } from '../caller-options.ts'
import { checkSize, requestedLimits, type BlockRun } from '../run-request.ts'
import { functionNotFound, type CallableFunction, type FunctionCatalog } from './function-catalog.ts'
import { isVisible } from './function-service.ts'

export interface Invocation {
  readonly name: string
  /** A version number, an alias, or empty for the current version. */
  readonly ref: string
  readonly input: unknown
  readonly caller: Caller
  readonly kind: ExecutionKind
  readonly controller: AbortController
  readonly id?: string
  readonly replayOf?: string
  /** The quota was charged before. */
  readonly reserved?: boolean
  /** Address of the client; absent for a run that no client started. */
  readonly address?: string
}

export interface FunctionInvokerOptions {
  readonly catalog: FunctionCatalog
  readonly runner: ExecutionRunner
  readonly blocks: ResolvedBlocksOptions
  readonly directory: TokenDirectory
}

/** Calls stored functions. */
export class FunctionInvoker {
  readonly #options: FunctionInvokerOptions

  constructor(options: FunctionInvokerOptions) {
    this.#options = options
  }

  async invoke(invocation: Invocation): Promise<FinishedRun> {
    const callable = await this.prepare(invocation)
    const { caller, kind, controller, id, replayOf, reserved } = invocation
    return this.#options.runner.run({
      run: this.#blockRun(callable, invocation.input, caller),
      caller,
      kind,
      controller,
      functionName: callable.name,
      version: callable.version,
      ...(id === undefined ? {} : { id }),
      ...(replayOf === undefined ? {} : { replayOf }),
      ...(reserved === undefined ? {} : { reserved }),
      check: (runId, outcome) => checkedOutput(callable, runId, outcome),
    })
  }

  /** Everything that can be said before the run: 404, a refused address, an input that does not fit. */
  async prepare({ name, ref, caller, address, input }: Invocation): Promise<CallableFunction> {
    const callable = await this.#options.catalog.resolve(name, ref)
    if (!isVisible(callable.tenant, caller)) throw functionNotFound(name)
    if (address !== undefined) refuseAddress(callable, address)
    const problem = callable.checkInput?.(input)
    if (problem === undefined) return callable
    throw new ServerError(
      'EK_FUNCTION_INPUT',
      `the input of the function ${JSON.stringify(name)} does not fit its schema: ${problem}`,
    )
  }

  /** Who pays for a call that comes without a token: the owner. Undefined when the function is not public. */
  async ownerOf(name: string, ref: string): Promise<Caller | undefined> {
    const callable = await this.#options.catalog.resolve(name, ref)
    if (!callable.spec.webhook.public) return undefined
    return this.payer(callable.tenant, callable.ownerToken)
  }

  /** The caller behind work that nobody presents a token for. Throws `EK_FUNCTION_OWNER_GONE` when its token is no longer valid. */
  async payer(tenant: string, tokenId: string | null): Promise<Caller> {
    if (tokenId === null) return { tenant, token: undefined, scopes: new Set() }
    const caller = await this.#options.directory.byId(tokenId)
    if (caller !== undefined) return caller
    throw new ServerError(
      'EK_FUNCTION_OWNER_GONE',
      'the token that pays for this function has expired or was revoked',
      {
        status: 410,
      },
    )
  }

  #blockRun({ spec, secrets, name, version }: CallableFunction, input: unknown, caller: Caller): BlockRun {
    const text = JSON.stringify(input ?? {})
    const limits = this.#limits(spec.limits, caller)
    checkSize('input', Buffer.byteLength(text), limits.inputBytes)
    const { code, language, freshness, egress, env } = spec
    const run = { code, language, input: text, limits, freshness, context: { env, secrets, function: name, version } }
    return egress === null ? run : { ...run, egress }
  }

  /** A function may have been stored with more than this token, or this server today, allows: it runs within what is allowed. */
  #limits(asked: CallableFunction['spec']['limits'], caller: Caller): BlockLimits {
    const options = callerOptions(this.#options.blocks, caller)
    const within = Object.entries(asked).map(([limit, value]) => {
      const most = options.maxLimits[limit as keyof BlockLimits] as number | undefined
      return [limit, most === undefined ? value : Math.min(value as number, most)]
    })
    return requestedLimits(Object.fromEntries(within) as CallableFunction['spec']['limits'], options)
  }
}

function refuseAddress({ name, admits }: CallableFunction, address: string): void {
  if (admits(address)) return
  const message = `the function ${JSON.stringify(name)} does not take calls from this address`
  throw new ServerError('EK_FUNCTION_ADDRESS_REFUSED', message, { status: 403 })
}

function checkedOutput({ name, checkOutput }: CallableFunction, id: string, { answer, report }: BlockOutcome): Answer {
  if (checkOutput === undefined || answer.result === undefined) return answer
  const problem = checkOutput(JSON.parse(answer.result))
  if (problem === undefined) return answer
  const message = `The result of the function ${JSON.stringify(name)} does not fit its schema: ${problem}`
  return failedAnswer(id, report, { status: 422, error: errorBody('EK_FUNCTION_OUTPUT', 'ValidationError', message) })
}
