import { useState } from 'react'
import type { Head, Load } from '@evenkeel/server/page'
import './demo.css'

interface HomeProps {
  readonly renderedAt: Date
  readonly host: number
  readonly node: string
}

export const load: Load<HomeProps> = () => ({ renderedAt: new Date(), host: process.pid, node: process.version })

export const head: Head = {
  title: 'Evenkeel',
  meta: { description: 'A JavaScript runtime server with a flat latency tail' },
}

interface RunAnswer {
  readonly result?: unknown
  readonly error?: { readonly type: string; readonly message: string }
  readonly usage?: { readonly wallMs: number; readonly cpuMs: number; readonly queueMs: number }
}

const example = `const totals = {}
for (const { day, cents } of input.sales)
  totals[day] = (totals[day] ?? 0) + cents
return totals`

const input = {
  sales: [
    { day: 'Mon', cents: 1250 },
    { day: 'Tue', cents: 990 },
    { day: 'Mon', cents: 480 },
  ],
}

export default function Home({ renderedAt, host, node }: HomeProps) {
  return (
    <main>
      <h1>Steady under way</h1>
      <p className="lead">
        This server runs code that you do not trust, React pages and whole apps, each in processes that it can end at
        any time.
      </p>
      <Playground />
      <section className="sheet" aria-labelledby="page">
        <h2 id="page">This page</h2>
        <dl className="figures">
          <Figure name="Rendered at" value={`${renderedAt.toISOString().slice(11, 19)} UTC`} />
          <Figure name="Data from host" value={String(host)} />
          <Figure name="Node" value={node} />
        </dl>
      </section>
    </main>
  )
}

function Playground() {
  const [code, setCode] = useState(example)
  const [answer, setAnswer] = useState<RunAnswer>()
  const [isRunning, setRunning] = useState(false)
  const run = async (): Promise<void> => {
    setRunning(true)
    setAnswer(await post('/v1/run', { code, input }))
    setRunning(false)
  }
  return (
    <section className="sheet" aria-labelledby="try">
      <h2 id="try">Run a block of code</h2>
      <textarea aria-label="Code" spellCheck={false} value={code} onChange={(event) => setCode(event.target.value)} />
      <button type="button" disabled={isRunning} onClick={() => void run()}>
        {isRunning ? 'Running' : 'Run'}
      </button>
      {answer === undefined ? null : <Answer {...answer} />}
    </section>
  )
}

function Answer({ result, error, usage }: RunAnswer) {
  return (
    <>
      <output>{error === undefined ? JSON.stringify(result, null, 2) : `${error.type}: ${error.message}`}</output>
      {usage === undefined ? null : (
        <dl className="figures">
          <Figure name="Waited" value={`${usage.queueMs.toFixed(1)} ms`} />
          <Figure name="Ran" value={`${usage.wallMs.toFixed(1)} ms`} />
          <Figure name="Processor" value={`${usage.cpuMs.toFixed(1)} ms`} />
        </dl>
      )}
    </>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

async function post(path: string, body: unknown): Promise<RunAnswer> {
  try {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as RunAnswer
  } catch {
    return { error: { type: 'Error', message: 'the server cannot be reached' } }
  }
}
