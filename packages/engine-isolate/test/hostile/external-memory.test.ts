import { attack } from '../support/attack.ts'

const ends = ['ended:memory', 'failed:RangeError', 'ended:wall']
const wallMs = 4_000
attack('buffers', { code: 'const all = []; for (;;) all.push(new Uint8Array(5e7).fill(1))', ends, wallMs })
attack('small buffers', { code: 'const all = []; for (;;) all.push(new Uint8Array(1e4).fill(1))', ends, wallMs })
attack('a buffer that would grow', {
  code: 'const b = new ArrayBuffer(8, { maxByteLength: 2 ** 30 }); return [typeof b.resize, b.byteLength]',
  ends: [['undefined', 8]],
})
attack('the constructor of a typed array', {
  code: 'return new Uint8Array(1).buffer.constructor === ArrayBuffer',
  ends: [true],
})
