/** The engine for untrusted code: V8 isolates in locked-down, killable host processes. */
export { bundleModules } from './bundles/bundle-modules.ts'
export type { AddedModules, AddModulesOptions } from './bundles/bundle-modules.ts'
export { isolateEngine } from './isolate-engine.ts'
export type { IsolateEngineOptions } from './isolate-engine.ts'
