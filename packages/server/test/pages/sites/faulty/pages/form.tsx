import { redirect, type Action } from '@evenkeel/server/page'

export const action: Action = ({ form }) => {
  const given = form.get('name')
  const name = typeof given === 'string' ? given : ''
  return name === 'ok' ? redirect('/fine', 303) : { problem: `not ${name}` }
}

export default function Form({ action: result }: { readonly action?: { readonly problem: string } }) {
  return (
    <form method="post">
      <input name="name" aria-label="name" />
      <button type="submit">Send</button>
      {result === undefined ? null : <p role="alert">{result.problem}</p>}
    </form>
  )
}
