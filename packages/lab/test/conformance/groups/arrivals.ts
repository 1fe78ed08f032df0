import { flow, users, type ScriptGroup } from '../script-group.ts'

function held(phases: readonly object[]): object {
  return { config: { target: 'http://other.test', phases }, scenarios: [{ flow: [{ get: { url: '/hold/6000' } }] }] }
}

/** Phases, limits, sections. */
export const arrivalGroups: readonly ScriptGroup[] = [
  {
    number: 1,
    title: 'GET and POST with JSON',
    runs: [{ script: flow([{ get: { url: '/' } }, { post: { url: '/', json: { hello: 'world', n: 1 } } }]) }],
  },
  {
    number: 2,
    title: 'arrivalCount, pause, arrivalCount',
    runs: [
      {
        script: flow([{ get: { url: '/' } }], {
          phases: [
            { duration: 1, arrivalCount: 4, name: 'first' },
            { pause: 1 },
            { duration: 1, arrivalCount: 7, name: 'second' },
          ],
        }),
      },
    ],
  },
  {
    number: 3,
    title: 'durations with units',
    runs: [
      {
        script: flow([{ get: { url: '/' } }], {
          phases: [
            { duration: '1s', arrivalRate: 3 },
            { duration: '0.02 min', arrivalCount: 2 },
            { duration: '1 seconds', arrivalRate: 4 },
            { duration: '1', arrivalRate: 5 },
            { pause: '300ms' },
            { duration: 1, arrivalCount: 1 },
          ],
        }),
      },
    ],
  },
  {
    number: 4,
    title: 'several phases with a rate',
    runs: [
      {
        script: flow([{ get: { url: '/nowhere' } }], {
          phases: [
            { duration: 1, arrivalRate: 5 },
            { duration: 2, arrivalRate: 10 },
            { duration: 1, arrivalRate: 20 },
          ],
        }),
      },
    ],
  },
  {
    number: 5,
    title: 'maxVusers and arrivalCount',
    runs: [{ script: held([{ duration: 2, arrivalCount: 100, maxVusers: 1 }]) }],
  },
  {
    number: 6,
    title: 'maxVusers and arrivalRate',
    runs: [{ script: held([{ duration: 2, arrivalRate: 50, maxVusers: 1 }]) }],
  },
  {
    number: 7,
    title: 'maxVusers and a ramp',
    runs: [{ script: held([{ duration: 2, arrivalRate: 5, rampTo: 20, maxVusers: 1 }]) }],
  },
  {
    number: 8,
    title: 'a different maxVusers in each phase',
    runs: [
      {
        script: held([
          { duration: 1, arrivalRate: 20, maxVusers: 1 },
          { duration: 1, arrivalRate: 20, maxVusers: 6 },
        ]),
      },
    ],
  },
  {
    number: 9,
    title: 'before',
    runs: [
      {
        script: {
          config: { target: 'http://other.test', phases: users(5) },
          before: {
            flow: [{ post: { url: '/pets', json: { name: 'Mickey' }, capture: { json: '$.id', as: 'petId' } } }],
          },
          scenarios: [{ name: 'read the one pet', flow: [{ get: { url: '/pets/{{ petId }}' } }] }],
        },
      },
      {
        name: 'that fails',
        script: {
          config: { target: 'http://other.test', phases: users(2) },
          before: { flow: [{ get: { url: '/pets', capture: { json: '$.nothing', as: 'petId' } } }] },
          scenarios: [{ flow: [{ get: { url: '/' } }] }],
        },
      },
    ],
  },
  {
    number: 10,
    title: 'after',
    runs: [
      {
        script: {
          config: { target: 'http://other.test', phases: users(2) },
          scenarios: [{ name: 'look', flow: [{ get: { url: '/' } }] }],
          after: { flow: [{ get: { url: '/users/1', match: { json: '$.user', value: 'banana' } } }] },
        },
      },
    ],
  },
]
