import { attack } from '../support/attack.ts'

attack('clocks are no finer than a millisecond', {
  code: 'const seen = new Set(); for (let i = 0; i < 1e4; i++) seen.add(Date.now() % 1); return [[...seen], typeof SharedArrayBuffer]',
  ends: [[[0], 'undefined']],
})
