import { processEngine, processProgram } from '@evenkeel/pool/process'
import { engineConformance } from '@evenkeel/pool/testing'

const module = new URL('../support/conformance-program.ts', import.meta.url)

engineConformance({
  engine: () => processEngine({ module, logs: 'invocation', residentMb: 384 }),
  program: (behaviour) => processProgram(behaviour),
  skips: {
    cpu: 'programs share an event loop: processor time is measured, but is no ground to end one of them',
  },
})
