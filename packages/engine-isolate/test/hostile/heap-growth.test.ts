import { attack } from '../support/attack.ts'

const ends = ['ended:memory', 'failed:RangeError', 'ended:wall']
const wallMs = 4_000
attack('objects', { code: 'const a = []; for (;;) a.push({ a })', ends, wallMs })
attack('a map', { code: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })', ends, wallMs })
attack('text that doubles', { code: 'let s = "x"; for (;;) s += s', ends, wallMs })
attack('promises', { code: 'const all = []; for (;;) all.push(new Promise(() => {}))', ends, wallMs })
attack('closures', { code: 'const f = (g) => () => g; let h = () => 1; for (;;) h = f(h)', ends, wallMs })
