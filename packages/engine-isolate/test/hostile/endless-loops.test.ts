import { attack } from '../support/attack.ts'

const loops = {
  'a loop': 'for (;;);',
  'a promise loop': 'for (;;) await null',
  microtasks: 'const again = () => queueMicrotask(again); again(); await new Promise((r) => setTimeout(r, 1e6))',
  timers: 'const again = () => setTimeout(again, 0); again(); await new Promise(() => {})',
  'an async generator': 'async function* g() { for (;;) yield 1 } for await (const x of g()); return 1',
  'a getter in the result': 'return { get a() { for (;;); } }',
  toJSON: 'return { toJSON() { for (;;); } }',
  'a proxy trap in the result': 'return new Proxy({}, { ownKeys() { for (;;); } })',
  'console of a proxy': 'console.log(new Proxy({}, { get() { for (;;); }, ownKeys() { for (;;); } })); return 1',
}
for (const [name, code] of Object.entries(loops)) attack(name, { code, ends: ['ended:wall'] })
