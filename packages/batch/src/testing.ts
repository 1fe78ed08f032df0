export {
  transportConformance,
  type ConformanceCase,
  type ConformanceOptions,
  type ConformanceSubject,
} from './conformance/suite.ts'
export { ManualClock } from './conformance/manual-clock.ts'
export { ScriptedTransport, type Attempt } from './conformance/scripted-transport.ts'
