import vm from 'node:vm'

/** JSON of what a block returns, in a new context of this thread. The time limit holds until its first `await`. */
export async function runInContextOf(code, input) {
  const context = vm.createContext({ input })
  return JSON.stringify(await vm.runInContext(`(async () => {${code}\n})()`, context, { timeout: 5_000 }))
}
