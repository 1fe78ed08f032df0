import type { Engine, Program } from '../contract/engine.ts'

/** What a program of the suite does. An engine's test file says how each is written for that engine. */
export const behaviours = {
  echo: 'returns its input',
  fail: 'throws `new RangeError("refused: ü")`',
  unsendable: 'returns an object that holds itself',
  log: 'writes "one" with console.log and "two" with console.error, and returns null',
  logFlood: 'writes 100 characters with console.log, 10,000 times, and returns null',
  spin: 'loops for ever without a pause',
  grow: 'keeps more and more memory until it is stopped',
  fill: 'returns a string of as many characters as the number in its input',
  wait: 'returns "waited" after as many milliseconds as the number in its input',
  count: 'adds one to a global number that is 0 in a new world, and returns it',
  call: 'calls the service "echo" with its input as metadata and 3 bytes, and returns the metadata of the reply',
  garbage: 'writes bytes that are no frame to the pipe of its host, and then waits',
  streamEcho: 'responds with its input as the head, and writes back every chunk of the body',
  messageEcho: 'responds, and writes back every message as a message',
  fountain: 'responds, and writes 16 KiB as often as the number in its input says',
} as const

export type Behaviour = keyof typeof behaviours

/** Groups of checks. What an engine cannot do is skipped as a whole, with the reason. */
export type Topic =
  | 'values'
  | 'errors'
  | 'logs'
  | 'wall'
  | 'cpu'
  | 'memory'
  | 'output'
  | 'cancel'
  | 'parking'
  | 'concurrency'
  | 'host loss'
  | 'calls'
  | 'streams'
  | 'freshness'
  | 'drain'
  | 'recycling'
  | 'garbage'
  | 'boot failure'

/** An engine as the suite sees it. */
export interface Subject {
  /** Called once for each pool. */
  engine(): Engine
  /** Called only for behaviours of topics that are not skipped. */
  program(behaviour: Behaviour): Program
  /** Why a topic does not apply. Printed by the test runner. */
  readonly skips?: Partial<Record<Topic, string>>
}

/** One property of an engine. Fails by throwing. */
export interface Check {
  readonly topic: Topic
  readonly title: string
  run(subject: Subject): Promise<void>
}
