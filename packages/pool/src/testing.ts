/** The conformance suite of engines, for engine authors. Needs `node:test`. Experimental until 1.0. */
export { conformanceChecks, engineConformance } from './conformance/conformance.ts'
export { behaviours } from './conformance/subject.ts'
export type { Behaviour, Check, Subject, Topic } from './conformance/subject.ts'
