import { attack } from '../support/attack.ts'

attack('there is no shared memory, no WebAssembly, no finalizer', {
  code: 'return [typeof SharedArrayBuffer, typeof Atomics, typeof WebAssembly, typeof FinalizationRegistry, typeof gc]',
  ends: [['undefined', 'undefined', 'undefined', 'undefined', 'undefined']],
})
