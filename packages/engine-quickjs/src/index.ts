/** The engine for the highest risk and the smallest programs: QuickJS in WebAssembly, in locked-down, killable host processes. */
export { quickjsEngine } from './quickjs-engine.ts'
export type { QuickjsEngineOptions } from './quickjs-engine.ts'
