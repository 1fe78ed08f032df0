/** What every contender answers, apart from how it is asked. */
// Decoded, not repeated: V8 makes `repeat` a tree of strings, which JSON.stringify takes twice as long for until a collection happens to flatten it.
const data = new TextDecoder().decode(new Uint8Array(51_200).fill(0x78))
const large = { status: 'ok', size: 51_200, data }
let asked = 0

/** Routes that take no body, by path. The answer is sent as JSON. */
export const routes = {
  '/test': () => ({ message: 'Serial test', timestamp: Date.now() }),
  '/concurrent': () => ({ message: 'Concurrent test', id: Math.random() }),
  '/stress': () => ({ status: 'ok', load: 'high' }),
  '/fast': () => ({ type: 'fast' }),
  '/medium': () => ({ type: 'medium', data: 'some data here' }),
  '/stable': () => ({ status: 'stable', timestamp: Date.now() }),
  '/large': () => large,
  '/unstable': () => {
    asked += 1
    if (asked % 10 === 0) throw new Error('every tenth')
    return { status: 'ok', id: asked }
  },
  '/cpu': () => ({ sum: burn(100_000) }),
  '/slow': () => {
    const until = performance.now() + 100
    while (performance.now() < until) burn(1_000)
    return { status: 'slow' }
  },
}

export const echo = (body) => ({ type: 'echo', body })

function burn(rounds) {
  let sum = 0
  for (let round = 0; round < rounds; round += 1) sum = (sum * 31 + round) % 1_000_003
  return sum
}
