import { test } from 'node:test'
import assert from 'node:assert/strict'
import { escapeText, html, join, jsonForScript, trusted } from '../../src/report/html.ts'

test('text and attributes are escaped, markup of our own is kept', () => {
  const hostile = `"><script>alert('x')</script>&amp;`
  const built = html`<p title="${hostile}">${hostile} ${trusted('<b>ours</b>')}</p>`
  assert.equal(
    built.markup,
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;">' +
      '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp; <b>ours</b></p>',
  )
})

test('nothing is printed for what is absent, and lists are joined', () => {
  assert.equal(html`${undefined}${false}${0}${['<', html`<i>${'>'}</i>`]}`.markup, '0&lt;<i>&gt;</i>')
  assert.equal(join([html`a`, html`b`]).markup, 'ab')
})

test('control characters and halves of characters are replaced', () => {
  assert.equal(escapeText('a\u0000b\u001bc\ud800d\tend\n'), 'a\ufffdb\ufffdc\ufffdd\tend\n')
  assert.equal(escapeText('😀'), '😀')
})

test('JSON inside a script element cannot end it, and reads back the same', () => {
  const value = { text: '</script><!--<script>\u2028&' }
  const text = jsonForScript(value)
  assert.doesNotMatch(text, /[<>&\u2028]/)
  assert.deepEqual(JSON.parse(text), value)
})
