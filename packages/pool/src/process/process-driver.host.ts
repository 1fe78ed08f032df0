import type { DriverReport } from '../contract/driver-report.ts'
import type { HostDriver, Invocation, InvocationPort } from '../contract/engine.ts'
import type { Outcome } from '../contract/outcome.ts'
import { captureConsole } from './console.host.ts'
import { CpuMeter } from './cpu-meter.host.ts'
import { LoopMeter } from './loop-meter.host.ts'
import type { WarmUp } from './options.ts'
import { LoadedProgram } from './loaded-program.host.ts'
import { ProgramRun } from './program-run.host.ts'

export interface ProcessHostConfig {
  /** URL of the program's module. */
  readonly module: string
  readonly options: unknown
  readonly softLimitShare: number
  readonly logs: 'output' | 'invocation'
  readonly warm: WarmUp | null
}

/** Runs the exported functions of one module, many at a time, on the process's own event loop. */
export class ProcessDriver implements HostDriver {
  readonly #program: LoadedProgram
  readonly #config: ProcessHostConfig
  readonly #cpu = new CpuMeter()
  readonly #loop = new LoopMeter()

  constructor(program: LoadedProgram, config: ProcessHostConfig) {
    this.#program = program
    this.#config = config
  }

  /** Imports the program and warms it. Rejects with what the program threw; the host then never becomes ready. */
  static async boot(config: ProcessHostConfig): Promise<ProcessDriver> {
    if (config.logs === 'invocation') captureConsole()
    const program = await LoadedProgram.load(config.module, config.options)
    await program.warm(config.warm)
    return new ProcessDriver(program, config)
  }

  invoke(invocation: Invocation, port: InvocationPort): Promise<Outcome> {
    const { softLimitShare, logs, options } = this.#config
    const parts = { invocation, port, softLimitShare, logs, options, cpu: this.#cpu, program: this.#program }
    return new ProgramRun(parts).run()
  }

  idle(): void {
    // Nothing is made ahead: the program was loaded and warmed before the host was ready.
  }

  report(): DriverReport {
    return { isolates: 0, stock: 0, stockMisses: 0, loop: this.#loop.read() }
  }
}
