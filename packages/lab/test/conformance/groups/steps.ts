import { flow, type ScriptGroup } from '../script-group.ts'

const pets = 'dog,Leo\ncat,Figo\npony,Tiki\n'
const urls = '/dino\n/pony\n'

const createAndRead = [
  { post: { url: '/pets', json: { name: '{{ name }}', species: '{{ species }}' } } },
  { get: { url: '/{{{ name }}}' } },
]

/** Steps, captures, variables, payloads. */
export const stepGroups: readonly ScriptGroup[] = [
  {
    number: 11,
    title: 'a regexp capture, with rows given on the command line',
    runs: [
      {
        script: flow(
          [
            {
              post: {
                url: '/pets',
                json: { name: '{{ name }}', species: '{{ species }}' },
                capture: { regexp: 'pet-[0-9]+', as: 'id' },
              },
            },
            { get: { url: '/pets/{{ id }}' } },
            { get: { url: '/pets', capture: { regexp: '"(name)":"(\\w+)"', group: 2, as: 'first' } } },
            { get: { url: '/pets', qs: { first: '{{ first }}' } } },
          ],
          { payload: { fields: ['species', 'name'], order: 'sequence' }, ensure: { p95: 5000 } },
          6,
        ),
        files: { 'pets.csv': pets },
        args: ['-t', '__HTTP__', '-p', 'pets.csv'],
      },
    ],
  },
  {
    number: 12,
    title: 'ifTrue',
    runs: [
      {
        script: flow(
          [
            { post: { url: '/pets', json: { name: '{{ name }}' }, capture: { json: '$.id', as: 'id' } } },
            { get: { url: '/pets/{{ id }}', ifTrue: 'id' } },
            { get: { url: '/dino', ifTrue: 'notDefined' } },
            { get: { url: '/pony', ifTrue: 'count > 3 and count < 5' } },
            { get: { url: '/common', ifTrue: 'count > 4' } },
            { get: { url: '/rare', ifTrue: 'name == "Hassy"' } },
            { get: { url: '/average', ifTrue: 'name == "Leo"' } },
          ],
          { variables: { name: 'Hassy', count: 4 } },
        ),
      },
      {
        name: 'that is no expression',
        script: flow([{ get: { url: '/rare', ifTrue: 'name === "Hassy"' } }], { variables: { name: 'Hassy' } }),
      },
    ],
  },
  {
    number: 13,
    title: 'variables, triple braces, a 404',
    runs: [
      {
        script: flow([{ get: { url: '{{{ url }}}' } }, { get: { url: '/{{ word }}/404' } }], {
          variables: { url: ['/'], word: 'will' },
        }),
      },
    ],
  },
  {
    number: 14,
    title: 'the cookie jar',
    runs: [
      {
        script: flow([
          { get: { url: '/expectscookie' } },
          { post: { url: '/setscookie' } },
          { get: { url: '/expectscookie' } },
        ]),
      },
    ],
  },
  {
    number: 15,
    title: 'cookies of the configuration and of a step',
    runs: [
      {
        name: 'default and step',
        script: flow([{ get: { url: '/expectscookie', cookie: { biscuit: 'tunnocks' } } }], {
          defaults: { cookie: { testCookie: 'eyJ1aWQiOiIx' } },
        }),
      },
      { name: 'step alone', script: flow([{ get: { url: '/expectscookie', cookie: { testCookie: 'mine' } } }]) },
    ],
  },
  {
    number: 16,
    title: 'a cookie that cannot be read',
    runs: [{ script: flow([{ get: { url: '/malformed_cookie' } }]) }],
  },
  {
    number: 17,
    title: 'basic authentication',
    runs: [
      {
        script: flow(
          [
            { get: { url: '/protected', auth: { user: 'leo', pass: 'secret' } } },
            { get: { url: '/protected', auth: { user: 'leo', pass: '{{ password }}' } } },
            { get: { url: '/protected' } },
          ],
          { variables: { password: ['secret'] } },
        ),
      },
    ],
  },
  {
    number: 18,
    title: 'an environment that changes target and phases',
    runs: [
      {
        script: flow([{ get: { url: '/pets' } }], {
          environments: {
            production: { target: 'http://production.test' },
            staging: { target: '__HTTP__', phases: [{ duration: 1, arrivalRate: 8 }] },
          },
        }),
        args: ['-e', 'staging'],
      },
    ],
  },
  {
    number: 19,
    title: 'loops',
    runs: [
      {
        name: 'by count',
        script: flow([{ loop: [{ get: { url: '/', qs: { at: '{{ $loopCount }}' } } }], count: 10 }]),
      },
      { name: 'by range', script: flow([{ loop: [{ get: { url: '/loop/{{ $loopCount }}' } }], count: '9-12' }]) },
      {
        name: 'over a list',
        script: flow([{ loop: [{ get: { url: '/loop/{{ $loopElement }}' } }], over: 'outer.items' }], {
          variables: { outer: { items: [9, 10, 11] } },
        }),
      },
    ],
  },
  {
    number: 20,
    title: 'an endless loop that is stopped',
    runs: [{ script: flow([{ loop: [{ get: { url: '/' } }, { think: 1 }] }]), interruptAfterMs: 4000 }],
  },
  {
    number: 21,
    title: 'parallel',
    runs: [{ script: flow([{ parallel: [1, 2, 3, 4].map((at) => ({ get: { url: '/', qs: { at } } })) }]) }],
  },
  {
    number: 22,
    title: 'probability',
    runs: [
      {
        script: flow([{ loop: [{ get: { url: '/', probability: 10 } }], count: 300 }], { seed: 5 }, 10),
        tolerance: 0.35,
      },
      { name: 'of 0', script: flow([{ get: { url: '/', probability: 0 } }, { get: { url: '/pony' } }]) },
    ],
  },
  {
    number: 23,
    title: 'think',
    runs: [
      {
        script: flow([{ think: 1 }, { think: '500ms' }, { think: '{{ pause }}' }, { think: '1' }], {
          variables: { pause: ['1s'] },
          defaults: { think: { jitter: '1%' } },
        }),
        sessionToleranceMs: 600,
      },
    ],
  },
  {
    number: 24,
    title: 'template functions',
    runs: [
      {
        script: flow([
          { post: { url: '/pets', json: { name: 'Figo', age: '{{ $randomNumber(7, 7) }}' } } },
          { get: { url: '/pets', qs: { q: 'random-{{ $randomString(8) }}', id: '{{ $uuid }}' } } },
        ]),
      },
    ],
  },
  {
    number: 25,
    title: 'one payload and several',
    runs: [
      {
        name: 'one',
        script: flow(
          createAndRead,
          { payload: { path: 'pets.csv', fields: ['species', 'name'], order: 'sequence' } },
          6,
        ),
        files: { 'pets.csv': pets },
      },
      {
        name: 'several',
        script: flow(
          [{ get: { url: '{{{ url }}}' } }, ...createAndRead],
          {
            payload: [
              { path: './pets.csv', fields: ['species', 'name'], order: 'sequence' },
              { path: './urls.csv', fields: ['url'], order: 'sequence' },
            ],
          },
          6,
        ),
        files: { 'pets.csv': pets, 'urls.csv': urls },
      },
    ],
  },
  {
    number: 26,
    title: 'certificates that nobody signed',
    runs: [
      { name: 'refused', script: flow([{ get: { url: '/' } }], { tls: {} }), args: ['-t', '__HTTPS__'] },
      {
        name: 'accepted',
        script: flow([{ get: { url: '/' } }], { tls: { rejectUnauthorized: false } }),
        args: ['-t', '__HTTPS__'],
      },
      { name: 'accepted with -k', script: flow([{ get: { url: '/' } }]), args: ['-k', '-t', '__HTTPS__'] },
    ],
  },
]
