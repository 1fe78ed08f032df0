import { quickjsEngine } from '@evenkeel/engine-quickjs'
import type { Program } from '@evenkeel/pool/engine'
import { engineConformance, type Behaviour } from '@evenkeel/pool/testing'

const sources: Partial<Record<Behaviour, string>> = {
  echo: 'return input',
  fail: "throw new RangeError('refused: ü')",
  unsendable: 'const value = {}; value.self = value; return value',
  log: "console.log('one'); console.error('two'); return null",
  logFlood: "for (let line = 0; line < 10_000; line += 1) console.log('x'.repeat(100)); return null",
  spin: 'for (;;);',
  grow: 'const kept = []; for (;;) kept.push(new Array(10_000).fill(1))',
  fill: "return 'x'.repeat(input)",
  wait: "return new Promise((resolve) => setTimeout(() => resolve('waited'), input))",
  count: 'globalThis.counter = (globalThis.counter ?? 0) + 1; return globalThis.counter',
}

engineConformance({
  engine: () => quickjsEngine(),
  program: (behaviour): Program => {
    const source = sources[behaviour]
    if (source === undefined) throw new Error(`there is no block for "${behaviour}"`)
    return { id: behaviour, options: {}, source }
  },
  skips: {
    calls: 'blocks in QuickJS have no Web APIs, and so no way to call the service',
    streams: 'a block returns one value',
    garbage: 'nothing in WebAssembly reaches the pipe of its host',
  },
})
