import { users, type ScriptGroup } from '../script-group.ts'

function flow(steps: readonly object[], config: object = {}): object {
  return {
    config: { target: 'ws://other.test', phases: users(2), variables: { zip: ['35801'] }, ...config },
    scenarios: [{ engine: 'ws', flow: steps }],
  }
}

export const webSocketGroups: readonly ScriptGroup[] = [
  {
    number: 27,
    title: 'text, objects and variables sent',
    runs: [
      {
        script: flow([
          { send: 'hello' },
          { think: 1 },
          { send: { zip: '{{ zip }}', nested: { n: 1 } } },
          { send: '{{ zip }}' },
          { loop: [{ send: 'again {{ zip }} {{ $loopCount }}' }], count: 10 },
        ]),
        args: ['-t', '__WS__'],
      },
    ],
  },
  {
    number: 28,
    title: 'a subprotocol',
    runs: [
      {
        script: flow([{ send: 'hello' }, { send: '{{ zip }}' }], {
          ws: {
            subprotocols: ['json', 'my-custom-protocol'],
            headers: { 'sec-websocket-protocol': 'my-custom-protocol' },
          },
        }),
        args: ['-t', '__WS__'],
      },
    ],
  },
  {
    number: 29,
    title: 'TLS',
    runs: [{ script: flow([{ send: 'hello' }], { ws: { rejectUnauthorized: false } }), args: ['-t', '__WSS__'] }],
  },
  {
    number: 30,
    title: 'a proxy',
    runs: [
      {
        script: flow([{ send: 'hello' }], { ws: { proxy: { url: '__PROXY__', localAddress: '127.0.0.1' } } }),
        args: ['-t', '__WS__'],
      },
    ],
  },
]
