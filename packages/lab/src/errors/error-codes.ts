/** Whose fault an error is: the caller's input, the target under test, or this program. */
export type ErrorFault = 'caller' | 'target' | 'system'

/** Every error that the lab throws, by stable code. `docs/reference/lab-errors.md` lists the same codes. */
export const labErrors = {
  EK_LAB_USAGE: { fault: 'caller', meaning: 'The command line or an option is wrong' },
  EK_LAB_SCRIPT_READ: { fault: 'caller', meaning: 'A script, configuration or data file could not be read' },
  EK_LAB_SCRIPT_SYNTAX: { fault: 'caller', meaning: 'A script is not valid YAML, JSON, JavaScript or TypeScript' },
  EK_LAB_SCRIPT_INVALID: { fault: 'caller', meaning: 'A script has unknown, misplaced or ill-typed keys' },
  EK_LAB_TEMPLATE: { fault: 'caller', meaning: 'A template or expression could not be understood' },
  EK_LAB_PAYLOAD: { fault: 'caller', meaning: 'A payload file is missing, empty or does not fit its fields' },
  EK_LAB_PAYLOAD_EXHAUSTED: { fault: 'caller', meaning: 'A payload with "order: unique" has no row left' },
  EK_LAB_PROCESSOR: { fault: 'caller', meaning: 'A processor could not be loaded, or one of its functions failed' },
  EK_LAB_HOOK_TIMEOUT: { fault: 'caller', meaning: 'A processor function never called back' },
  EK_LAB_BEFORE_FAILED: { fault: 'caller', meaning: 'The "before" section failed, so no load was sent' },
  EK_LAB_PLAN: { fault: 'caller', meaning: 'A load plan cannot be carried out' },
  EK_LAB_RESULT_READ: { fault: 'caller', meaning: 'A result file could not be read' },
  EK_LAB_RESULT_INVALID: { fault: 'caller', meaning: 'A result file does not follow the result schema' },
  EK_LAB_RESULT_VERSION: { fault: 'caller', meaning: 'A result file has a version that this lab does not know' },
  EK_LAB_RESULT_WRITE: { fault: 'system', meaning: 'A result file could not be written' },
  EK_LAB_MERGE: { fault: 'caller', meaning: 'Results cannot be merged' },
  EK_LAB_COMPARE: { fault: 'caller', meaning: 'A comparison is not described well enough to be carried out' },
  EK_LAB_SERVER_START: { fault: 'target', meaning: 'A server to be compared did not start or never became ready' },
  EK_LAB_SERVER_DIED: { fault: 'target', meaning: 'A server to be compared ended while it was loaded' },
  EK_LAB_CHECKOUT: { fault: 'caller', meaning: 'A commit could not be checked out or set up' },
  EK_LAB_AGENT: { fault: 'system', meaning: 'An agent could not be reached, refused the work, or was lost' },
  EK_LAB_AGENT_RUN: { fault: 'system', meaning: 'An agent does not have the run that it was asked about' },
  EK_LAB_AGENT_TOKEN: { fault: 'caller', meaning: 'An agent would listen beyond this machine without a token' },
  EK_LAB_NATS_MISSING: { fault: 'caller', meaning: 'NATS is asked for, but its client package is not installed' },
  EK_LAB_WATCH: { fault: 'system', meaning: 'The live report could not be served' },
  EK_LAB_WORKER: { fault: 'system', meaning: 'A load worker thread died' },
} as const

export type LabErrorCode = keyof typeof labErrors
