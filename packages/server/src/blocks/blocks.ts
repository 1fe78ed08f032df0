import type { Freshness, Pool } from '@evenkeel/pool'
import type { FastifyRequest } from 'fastify'
import type { ResolvedServerOptions } from '../config/options.ts'
import type { App } from '../http/listener.ts'
import type { Storage } from '../storage/storage.ts'
import type { Admission } from '../tokens/admission.ts'
import type { Caller } from '../tokens/caller.ts'
import type { TokenDirectory } from '../tokens/token-directory.ts'
import { BlockService, type Outgoing } from './block-service.ts'
import { ExecutionRunner } from './executions/execution-runner.ts'
import { ExecutionService } from './executions/execution-service.ts'
import { HistoryWriter, type HistoryState } from './executions/history-writer.ts'
import { LiveExecutions } from './executions/live-executions.ts'
import { Retention } from './executions/retention.ts'
import { addExecutionRoutes } from './executions/routes.ts'
import { addFlowRoutes } from './flow/routes.ts'
import { FunctionCatalog } from './functions/function-catalog.ts'
import { FunctionInvoker } from './functions/function-invoker.ts'
import { FunctionService, type FunctionServiceOptions } from './functions/function-service.ts'
import { addInvokeRoutes } from './functions/invoke-routes.ts'
import { deployProjectFunctions } from './functions/project-functions.ts'
import { addFunctionRoutes } from './functions/routes.ts'
import { openSecretBox } from './functions/secret-box.ts'
import { addWebhookRoutes } from './functions/webhook-routes.ts'
import { AsyncInvocations } from './jobs/async-invocations.ts'
import { addBlockRoutes } from './routes.ts'
import { addScheduleRoutes } from './schedules/routes.ts'
import { ScheduleService } from './schedules/schedule-service.ts'
import { Scheduler } from './schedules/scheduler.ts'

export interface BlocksParts {
  readonly pool: Pool
  /** Sends the requests of blocks. */
  readonly outgoing: Outgoing
  readonly storage: Storage
  readonly admission: Admission
  readonly directory: TokenDirectory
  readonly options: ResolvedServerOptions
  /** What the engine offers. */
  readonly freshness: readonly Freshness[]
  /** Finds the caller of a request, or throws 401. */
  readonly authenticate: (request: FastifyRequest) => Promise<Caller>
}

/** Everything that runs code for callers: blocks, stored functions, asynchronous runs, schedules, and their history. */
export class Blocks implements AsyncDisposable {
  readonly #parts: BlocksParts
  readonly #history: HistoryWriter
  readonly #retention: Retention
  readonly #runner: ExecutionRunner
  readonly #catalog: FunctionCatalog
  readonly #invoker: FunctionInvoker
  readonly #functions: FunctionService
  readonly #jobs: AsyncInvocations
  readonly #scheduler: Scheduler
  readonly #schedules: ScheduleService
  readonly #executions: ExecutionService

  constructor(parts: BlocksParts) {
    this.#parts = parts
    const { pool, storage, admission, directory, options } = parts
    const { blocks, history: policy } = options
    const live = new LiveExecutions()
    const box = openSecretBox({ key: options.secretsKey, dataDir: options.dataDir })
    const history = new HistoryWriter({ executions: storage.executions })
    const service = new BlockService(pool, parts.outgoing)
    const runner = new ExecutionRunner({
      service,
      admission,
      live,
      history,
      policy,
    })
    const catalog = new FunctionCatalog(storage.functions, box)
    const invoker = new FunctionInvoker({ catalog, runner, blocks, directory })
    const rules = { blocks, freshness: parts.freshness }
    const keepVersions = options.functions.maxVersions
    const check: FunctionServiceOptions['check'] = (source, tenant) => service.check(source, blocks.limits, tenant)
    const functions = new FunctionService({ functions: storage.functions, catalog, box, rules, keepVersions, check })
    const jobs = new AsyncInvocations({ storage, invoker, admission, live, functions: options.functions })
    const scheduler = new Scheduler({
      schedules: storage.schedules,
      payer: (tenant, tokenId) => invoker.payer(tenant, tokenId),
      submit: (submission) => jobs.submit(submission),
    })
    this.#history = history
    this.#retention = new Retention({ executions: storage.executions, history, policy })
    this.#runner = runner
    this.#catalog = catalog
    this.#invoker = invoker
    this.#functions = functions
    this.#jobs = jobs
    this.#scheduler = scheduler
    this.#schedules = new ScheduleService({ schedules: storage.schedules, functions, scheduler })
    this.#executions = new ExecutionService({ storage, history, live, runner, invoker, jobs, blocks })
  }

  async addRoutes(app: App): Promise<void> {
    const { options, authenticate } = this.#parts
    addBlockRoutes(app, this.#runner, options.blocks)
    addFunctionRoutes(app, this.#functions)
    addInvokeRoutes(app, { invoker: this.#invoker, jobs: this.#jobs, runner: this.#runner })
    addScheduleRoutes(app, this.#schedules)
    addExecutionRoutes(app, this.#executions)
    await addFlowRoutes(app, this.#runner, options.blocks)
    await addWebhookRoutes(app, { catalog: this.#catalog, invoker: this.#invoker, authenticate })
  }

  /**
   * Blocks, functions and executions for the admin listener: the routes of the public API under `/admin`, each for the scope `admin`.
   * @param maxBodyBytes of a request that carries code and input.
   */
  async addAdminRoutes(app: App, maxBodyBytes: number): Promise<void> {
    const { options } = this.#parts
    await app.register(
      async (scoped) => {
        scoped.addHook('onRoute', (route) => {
          route.config = { ...route.config, scope: 'admin' }
          route.bodyLimit = maxBodyBytes
        })
        addBlockRoutes(scoped, this.#runner, options.blocks)
        addFunctionRoutes(scoped, this.#functions)
        addInvokeRoutes(scoped, { invoker: this.#invoker, jobs: this.#jobs, runner: this.#runner })
        addScheduleRoutes(scoped, this.#schedules)
        addExecutionRoutes(scoped, this.#executions)
      },
      { prefix: '/admin' },
    )
  }

  /** Deploys the project's functions, then takes jobs and schedules. Throws `EK_PROJECT_FUNCTION`. */
  async start(): Promise<void> {
    const { options, storage } = this.#parts
    if (options.projectDir !== undefined) {
      const [functions, schedules] = [this.#functions, this.#schedules]
      await deployProjectFunctions({ folder: options.projectDir, functions, schedules, storage })
    }
    this.#jobs.start()
    await this.#scheduler.start()
  }

  /** Starts nothing by itself any more; what runs goes on. */
  stop(): void {
    this.#scheduler.stop()
    this.#jobs.stop()
  }

  historyState(): HistoryState {
    return this.#history.state()
  }

  /** After the pool is closed: every run is over, and the rest of the history is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#scheduler[Symbol.asyncDispose]()
    await this.#jobs[Symbol.asyncDispose]()
    await this.#retention[Symbol.asyncDispose]()
    await this.#history[Symbol.asyncDispose]()
  }
}
