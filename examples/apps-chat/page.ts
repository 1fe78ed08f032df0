/** What a browser gets: it connects below its own address, wherever the app is mounted. */
export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Chat</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
  ol { list-style: none; padding: 0; min-height: 12rem }
  li b { margin-right: .5rem }
  form { display: flex; gap: .5rem }
  input { flex: 1; font: inherit; padding: .4rem }
</style>
<h1>Chat</h1>
<p id="state" role="status">connecting</p>
<ol id="lines" aria-live="polite"></ol>
<form id="say"><input name="text" aria-label="Message" autocomplete="off" required maxlength="1000"><button>Send</button></form>
<script>
  const params = new URLSearchParams(location.search)
  const name = params.get('name') ?? 'guest ' + Math.floor(Math.random() * 1000)
  const room = params.get('room') ?? 'lobby'
  const address = new URL(location.pathname.replace(/\\/?$/, '/'), location.href.replace(/^http/, 'ws'))
  address.search = new URLSearchParams({ name, room })
  let socket
  function connect(waitMs) {
    socket = new WebSocket(address)
    socket.onopen = () => { lines.replaceChildren(); state.textContent = name + ' in ' + room; waitMs = 250 }
    socket.onmessage = ({ data }) => {
      const { name, text } = JSON.parse(data)
      const line = document.createElement('li')
      const who = document.createElement('b')
      who.textContent = name
      line.append(who, text)
      lines.append(line)
    }
    // Runtimes come and go: whoever is sent away comes back.
    socket.onclose = () => { state.textContent = 'connecting'; setTimeout(connect, waitMs, Math.min(waitMs * 2, 10000)) }
  }
  connect(250)
  say.onsubmit = (event) => {
    event.preventDefault()
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(say.text.value)
    say.reset()
  }
</script>
`
