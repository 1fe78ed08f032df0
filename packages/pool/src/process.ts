/** The engine for trusted code: a program in a host process with the whole Node API. */
export { processEngine, processProgram } from './process/process-engine.ts'
export type { ProcessEngineOptions, ProcessPermissions, WarmUp } from './process/options.ts'
/** What a program is given. */
export type { AnswerWriter, ProgramContext, ProgramFunction, WarmContext } from './process/program.ts'
