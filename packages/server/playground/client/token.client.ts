import { setToken } from './api.client.ts'
import { byId } from './dom.client.ts'
import { text } from './messages.client.ts'

/** Asks for the token that a server elsewhere wants. Returns what opens the question. */
export function startTokenDialog(changed: () => void): (message: string) => void {
  const dialog = byId<HTMLDialogElement>('token-dialog')
  const field = byId<HTMLInputElement>('token-value')
  const open = (message: string): void => {
    byId('token-problem').textContent = message === '' ? '' : text('tokenRefused', { message })
    if (!dialog.open) dialog.showModal()
    field.focus()
  }
  const use = (token: string): void => {
    setToken(token)
    field.value = ''
    dialog.close()
    changed()
  }
  byId('token-form').addEventListener('submit', (event) => {
    event.preventDefault()
    use(field.value.trim())
  })
  byId('token-forget').addEventListener('click', () => use(''))
  byId('token').addEventListener('click', () => open(''))
  return open
}
